/// What discovery knows of a node.
struct KubernetesNode: Hashable, Sendable {
    let providerID: String
    /// The types and statuses of its conditions.
    let conditions: [KubernetesObject.Pair]
    /// The types and values of its addresses; of each type the first one.
    let addresses: [KubernetesObject.Pair]
    let kubeletPort: Int

    init(_ json: JSONDocument) {
        let status = json["status"]
        providerID = json["spec"]["providerID"].text ?? ""
        conditions = status["conditions"].elements.map { condition in
            KubernetesObject.Pair(name: condition["type"].text ?? "", value: condition["status"].text ?? "")
        }
        var addresses: [KubernetesObject.Pair] = []
        for address in status["addresses"].elements {
            let type = address["type"].text ?? ""
            guard !addresses.contains(where: { $0.name == type }) else { continue }
            addresses.append(KubernetesObject.Pair(name: type, value: address["address"].text ?? ""))
        }
        self.addresses = addresses
        kubeletPort = status["daemonEndpoints"]["kubeletEndpoint"]["Port"].integer ?? 0
    }

    /// The address by which it is scraped: an internal one rather than an external one, a number rather than a name.
    var address: String? {
        for type in ["InternalIP", "InternalDNS", "ExternalIP", "ExternalDNS", "LegacyHostIP", "Hostname"] {
            if let address = addresses.first(where: { $0.name == type }) { return address.value }
        }
        return nil
    }
}
