/// Turns the containers of a Docker daemon into targets.
struct DockerTargetFinder: TargetFinder {
    /// A container's place in a network.
    private struct Attachment {
        let network: String
        let id: String
        let address: String
    }

    private let settings: DockerDiscovery
    private let api: DockerAPI

    init(_ settings: DockerDiscovery, _ api: DockerAPI) { (self.settings, self.api) = (settings, api) }

    func find() async throws(DiscoveryFailure) -> [TargetGroup] {
        let containers = try await api.list("containers/json", filtered: true)
        let networks = try await api.networks()
        let byID = Dictionary(containers.map { ($0["Id"].text ?? "", $0) }) { $1 }
        return containers.flatMap { container in
            guard let labels = Self.labels(of: container) else { return [TargetGroup]() }
            return attachments(of: container, byID).flatMap { attachment in
                var labels = labels
                labels.setNetwork(networks[attachment.id])
                labels.set("network_ip", attachment.address)
                return targets(of: container, attachment, labels)
            }
        }
    }

    func close() async { await api.client.close() }

    private static func mode(of container: JSONDocument) -> String { container["HostConfig"]["NetworkMode"].text ?? "" }

    /// Returns the labels that all targets of a container share; nil if the container has no name.
    private static func labels(of container: JSONDocument) -> MetaLabels? {
        guard let name = container["Names"].elements.first?.text else { return nil }
        var labels = MetaLabels("docker_")
        labels.set("container_id", container["Id"].text)
        labels.set("container_name", name)
        labels.set("container_network_mode", mode(of: container))
        labels.set("container_image", container["Image"].text)
        labels.set("container_image_id", container["ImageID"].text)
        labels.set("container_label_", each: container["Labels"].texts)
        return labels
    }

    /// Returns the networks in which a container has targets, sorted by name. A container that uses another container's
    /// network has the networks of that container.
    private func attachments(of container: JSONDocument, _ byID: [String: JSONDocument]) -> [Attachment] {
        var networks = Self.networks(of: container), mode = Self.mode(of: container), seen: Set<String> = []
        while networks.isEmpty, mode.hasPrefix("container:") {
            let id = String(mode.dropFirst("container:".count))
            guard seen.insert(id).inserted, let other = byID[id] else { break }
            networks = Self.networks(of: other)
            mode = Self.mode(of: other)
        }
        return settings.matchesFirstNetwork ? Array(networks.prefix(1)) : networks
    }

    private static func networks(of container: JSONDocument) -> [Attachment] {
        container["NetworkSettings"]["Networks"].members.filter { $0.value.hasParts }
            .sorted { $0.name < $1.name }
            .map { member in
                let addresses = [member.value["IPAddress"].text, member.value["GlobalIPv6Address"].text]
                return Attachment(
                    network: member.name, id: member.value["NetworkID"].text ?? "",
                    address: addresses.compactMap { $0 }.first { !$0.isEmpty } ?? "")
            }
    }

    /// Returns one target for each TCP port; a container without TCP ports has one target with the configured port.
    private func targets(
        of container: JSONDocument, _ attachment: Attachment, _ common: MetaLabels
    ) -> [TargetGroup] {
        let ports = container["Ports"].elements.filter { $0["Type"].text == "tcp" }
        guard !ports.isEmpty else {
            let isOnHost = Self.mode(of: container) == "host"
            let address =
                isOnHost ? settings.hostNetworkingHost : NetworkAddress.joined(attachment.address, settings.daemon.port)
            return [common.group(address)].compactMap { $0 }
        }
        return ports.compactMap { port in
            var labels = common
            let number = port["PrivatePort"].integer ?? 0, outside = port["PublicPort"].integer ?? 0
            labels.set("port_private", String(number))
            if outside > 0 {
                labels.set("port_public", String(outside))
                labels.set("port_public_ip", port["IP"].text)
            }
            return labels.group(NetworkAddress.joined(attachment.address, number))
        }
    }
}
