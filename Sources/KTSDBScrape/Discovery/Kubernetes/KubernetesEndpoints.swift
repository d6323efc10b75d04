/// The properties of a service's endpoints from which targets and labels are made.
struct KubernetesEndpoints: Hashable, Sendable {
    struct Port: Hashable, Sendable {
        let name: String
        let number: Int
        let transport: String
    }

    struct Address: Hashable, Sendable {
        let ip: String
        let hostname: String
        let nodeName: String?
        let target: KubernetesObject.Reference?
        let isReady: Bool

        init(_ json: JSONDocument, isReady: Bool) {
            ip = json["ip"].text ?? ""
            hostname = json["hostname"].text ?? ""
            nodeName = json["nodeName"].text
            target = KubernetesObject.Reference(json["targetRef"])
            self.isReady = isReady
        }
    }

    /// Addresses that share the same ports.
    struct Subset: Hashable, Sendable {
        let addresses: [Address]
        let ports: [Port]
    }

    let subsets: [Subset]

    init(_ json: JSONDocument) {
        subsets = json["subsets"].elements.map { subset in
            Subset(
                addresses: subset["addresses"].elements.map { Address($0, isReady: true) }
                    + subset["notReadyAddresses"].elements.map { Address($0, isReady: false) },
                ports: subset["ports"].elements.map { port in
                    Port(
                        name: port["name"].text ?? "", number: port["port"].integer ?? 0,
                        transport: port["protocol"].text ?? "")
                })
        }
    }
}
