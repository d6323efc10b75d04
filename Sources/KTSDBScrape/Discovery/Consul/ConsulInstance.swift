/// An instance of a service, as Consul's API returns it.
struct ConsulInstance {
    private let node: JSONDocument
    private let service: JSONDocument
    private let checks: [JSONDocument]

    init(_ json: JSONDocument) {
        node = json["Node"]
        service = json["Service"]
        checks = json["Checks"].elements
    }

    /// The worst status of its checks: `maintenance`, `critical`, `warning` or `passing`.
    private var health: String {
        let isPaused = checks.contains { check in
            let id = check["CheckID"].text ?? ""
            return id == "_node_maintenance" || id.hasPrefix("_service_maintenance:")
        }
        if isPaused { return "maintenance" }
        let statuses = checks.compactMap { $0["Status"].text }
        return ["critical", "warning"].first(where: statuses.contains) ?? "passing"
    }

    /// Returns a group with the instance as its target; nil if one of its labels is longer than any label may be.
    func group(_ name: String, _ datacenter: String, _ settings: ConsulDiscovery) -> TargetGroup? {
        let separator = settings.tagSeparator, port = service["Port"].integer ?? 0
        let own = service["Address"].text ?? "", address = node["Address"].text ?? ""
        var labels = MetaLabels("consul_")
        labels.set("service", name)
        labels.set("dc", datacenter)
        labels.set("address", address)
        labels.set("node", node["Node"].text)
        labels.set("namespace", service["Namespace"].text)
        labels.set("partition", service["Partition"].text)
        // Separators enclose the list, so that a pattern such as `,TAG,` matches a tag at any place.
        let tags = service["Tags"].elements.compactMap(\.text)
        labels.set("tags", separator + tags.joined(separator: separator) + separator)
        labels.set("service_address", own)
        labels.set("service_port", String(port))
        labels.set("service_id", service["ID"].text)
        labels.set("health", health)
        labels.set("metadata_", each: node["Meta"].texts)
        labels.set("service_metadata_", each: service["Meta"].texts)
        labels.set("tagged_address_", each: node["TaggedAddresses"].texts)
        return labels.group(NetworkAddress.joined(own.isEmpty ? address : own, port))
    }
}
