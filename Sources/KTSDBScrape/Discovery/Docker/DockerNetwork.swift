/// The properties of a network that become labels.
struct DockerNetwork: Sendable {
    let id: String
    let name: String
    let scope: String
    let isInternal: Bool
    let isIngress: Bool
    let labels: [(name: String, value: String)]

    init(_ json: JSONDocument) {
        id = json["Id"].text ?? ""
        name = json["Name"].text ?? ""
        scope = json["Scope"].text ?? ""
        isInternal = json["Internal"].isTrue ?? false
        isIngress = json["Ingress"].isTrue ?? false
        labels = json["Labels"].texts
    }
}

extension MetaLabels {
    /// Sets the labels of a network; does nothing if the network is unknown.
    mutating func setNetwork(_ network: DockerNetwork?) {
        guard let network else { return }
        set("network_id", network.id)
        set("network_name", network.name)
        set("network_scope", network.scope)
        set("network_internal", network.isInternal)
        set("network_ingress", network.isIngress)
        set("network_label_", each: network.labels)
    }
}
