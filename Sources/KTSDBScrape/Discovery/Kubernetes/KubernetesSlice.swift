/// The properties of a slice of endpoints from which targets and labels are made.
struct KubernetesSlice: Hashable, Sendable {
    /// The label that names the service.
    static let serviceLabel = "kubernetes.io/service-name"

    struct Port: Hashable, Sendable {
        let name: String?
        let number: Int?
        let transport: String?
        let application: String?
    }

    struct Endpoint: Hashable, Sendable {
        let addresses: [String]
        let isReady: Bool?
        let isServing: Bool?
        let isTerminating: Bool?
        let hostname: String?
        let nodeName: String?
        let zone: String?
        let target: KubernetesObject.Reference?
        let topology: [KubernetesObject.Pair]

        init(_ json: JSONDocument) {
            addresses = json["addresses"].elements.compactMap(\.text)
            let conditions = json["conditions"]
            isReady = conditions["ready"].isTrue
            isServing = conditions["serving"].isTrue
            isTerminating = conditions["terminating"].isTrue
            hostname = json["hostname"].text
            nodeName = json["nodeName"].text
            zone = json["zone"].text
            target = KubernetesObject.Reference(json["targetRef"])
            topology = KubernetesObject.pairs(json["deprecatedTopology"])
        }
    }

    let addressType: String
    let endpoints: [Endpoint]
    let ports: [Port]

    init(_ json: JSONDocument) {
        addressType = json["addressType"].text ?? ""
        endpoints = json["endpoints"].elements.map(Endpoint.init)
        ports = json["ports"].elements.map { port in
            Port(
                name: port["name"].text, number: port["port"].integer, transport: port["protocol"].text,
                application: port["appProtocol"].text)
        }
    }
}
