/// The properties of a node from which targets and labels are made.
struct KubernetesNode: Hashable, Sendable {
    let providerID: String
    /// The types and statuses of its conditions.
    let conditions: [KubernetesObject.Pair]
    /// The types and values of its addresses; only the first of each type.
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

    /// The address at which the node is scraped: internal before external, and a number before a name.
    var address: String? {
        for type in ["InternalIP", "InternalDNS", "ExternalIP", "ExternalDNS", "LegacyHostIP", "Hostname"] {
            if let address = addresses.first(where: { $0.name == type }) { return address.value }
        }
        return nil
    }
}
