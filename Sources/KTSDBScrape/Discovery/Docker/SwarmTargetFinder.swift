/// Turns the services, tasks or nodes of a swarm into targets.
struct SwarmTargetFinder: TargetFinder {
    private let settings: DockerSwarmDiscovery
    private let api: DockerAPI

    init(_ settings: DockerSwarmDiscovery, _ api: DockerAPI) { (self.settings, self.api) = (settings, api) }

    func find() async throws(DiscoveryFailure) -> [TargetGroup] {
        switch settings.role {
        case .nodes: try await nodes()
        case .services: try await services()
        case .tasks: try await tasks()
        }
    }

    func close() async { await api.client.close() }

    // MARK: Nodes

    private func nodes() async throws(DiscoveryFailure) -> [TargetGroup] {
        try await api.list("nodes", filtered: true).compactMap { node in
            var labels = MetaLabels("dockerswarm_")
            labels.setNode(node)
            labels.set("node_engine_version", node["Description"]["Engine"]["EngineVersion"].text)
            let manager = node["ManagerStatus"]
            if manager.hasParts {
                labels.set("node_manager_leader", manager["Leader"].isTrue ?? false)
                labels.set("node_manager_reachability", manager["Reachability"].text)
                labels.set("node_manager_address", manager["Addr"].text)
            }
            return labels.group(NetworkAddress.joined(node["Status"]["Addr"].text ?? "", settings.daemon.port))
        }
    }

    // MARK: Services

    private func services() async throws(DiscoveryFailure) -> [TargetGroup] {
        let services = try await api.list("services", filtered: true), networks = try await api.networks()
        return services.flatMap { service in
            var labels = MetaLabels("dockerswarm_")
            labels.setService(service)
            let container = service["Spec"]["TaskTemplate"]["ContainerSpec"]
            labels.set("service_task_container_hostname", container["Hostname"].text)
            labels.set("service_task_container_image", container["Image"].text)
            labels.set("service_updating_status", service["UpdateStatus"]["State"].text)
            return service["Endpoint"]["VirtualIPs"].elements.flatMap { place in
                var labels = labels
                labels.setNetwork(networks[place["NetworkID"].text ?? ""])
                return targets(of: service, Self.address(place["Addr"]), labels) { labels, port in
                    labels.set("service_endpoint_port_name", port["Name"].text)
                    labels.set("service_endpoint_port_publish_mode", port["PublishMode"].text)
                }
            }
        }
    }

    /// Returns one target for each TCP port of a service; without such ports, a single target with the configured port.
    private func targets(
        of service: JSONDocument?, _ address: String, _ common: MetaLabels,
        _ set: (inout MetaLabels, JSONDocument) -> Void
    ) -> [TargetGroup] {
        guard !address.isEmpty else { return [] }
        let ports = service?["Endpoint"]["Ports"].elements.filter { $0["Protocol"].text == "tcp" } ?? []
        guard !ports.isEmpty else {
            return [common.group(NetworkAddress.joined(address, settings.daemon.port))].compactMap { $0 }
        }
        return ports.compactMap { port in
            var labels = common
            set(&labels, port)
            return labels.group(NetworkAddress.joined(address, port["PublishedPort"].integer ?? 0))
        }
    }

    /// Returns an address without the length of its network's prefix; empty if the address is missing.
    private static func address(_ json: JSONDocument) -> String { String((json.text ?? "").prefix { $0 != "/" }) }

    // MARK: Tasks

    private func tasks() async throws(DiscoveryFailure) -> [TargetGroup] {
        let tasks = try await api.list("tasks", filtered: true)
        let services = Self.byID(try await api.list("services")), nodes = Self.byID(try await api.list("nodes"))
        let networks = try await api.networks()
        return tasks.flatMap { task in
            let service = services[task["ServiceID"].text ?? ""], node = nodes[task["NodeID"].text ?? ""]
            var labels = MetaLabels("dockerswarm_")
            labels.setTask(task)
            if let service { labels.setService(service) }
            if let node { labels.setNode(node) }
            let places = task["NetworksAttachments"].elements.flatMap { attachment in
                var labels = labels
                labels.setNetwork(networks[attachment["Network"]["ID"].text ?? ""])
                return attachment["Addresses"].elements.flatMap { address in
                    targets(of: service, Self.address(address), labels) { labels, port in
                        labels.set("task_port_publish_mode", port["PublishMode"].text)
                    }
                }
            }
            return hostTargets(of: task, on: node, labels) + places
        }
    }

    /// Returns one target for each TCP port that a task publishes on its node.
    private func hostTargets(of task: JSONDocument, on node: JSONDocument?, _ common: MetaLabels) -> [TargetGroup] {
        let ports = task["Status"]["PortStatus"]["Ports"].elements.filter { $0["Protocol"].text == "tcp" }
        return ports.compactMap { port in
            var labels = common
            labels.set("task_port_publish_mode", port["PublishMode"].text)
            let address = node?["Status"]["Addr"].text ?? ""
            return labels.group(NetworkAddress.joined(address, port["PublishedPort"].integer ?? 0))
        }
    }

    private static func byID(_ elements: [JSONDocument]) -> [String: JSONDocument] {
        Dictionary(elements.map { ($0["ID"].text ?? "", $0) }) { $1 }
    }
}

extension MetaLabels {
    /// Sets the labels of a node that its tasks share.
    fileprivate mutating func setNode(_ node: JSONDocument) {
        let description = node["Description"]
        set("node_id", node["ID"].text)
        set("node_role", node["Spec"]["Role"].text)
        set("node_availability", node["Spec"]["Availability"].text)
        set("node_hostname", description["Hostname"].text)
        set("node_platform_architecture", description["Platform"]["Architecture"].text)
        set("node_platform_os", description["Platform"]["OS"].text)
        set("node_status", node["Status"]["State"].text)
        set("node_address", node["Status"]["Addr"].text)
        set("node_label_", each: node["Spec"]["Labels"].texts)
    }

    /// Sets the labels of a service that its tasks share.
    fileprivate mutating func setService(_ service: JSONDocument) {
        let specification = service["Spec"], mode = specification["Mode"]
        set("service_id", service["ID"].text)
        set("service_name", specification["Name"].text)
        set("service_mode", mode["Global"].hasParts ? "global" : mode["Replicated"].hasParts ? "replicated" : nil)
        set("service_label_", each: specification["Labels"].texts)
    }

    fileprivate mutating func setTask(_ task: JSONDocument) {
        let status = task["Status"]
        set("task_id", task["ID"].text)
        set("task_desired_state", task["DesiredState"].text)
        set("task_state", status["State"].text)
        set("task_slot", String(task["Slot"].integer ?? 0))
        set("task_container_id", status["ContainerStatus"]["ContainerID"].text)
        set("container_label_", each: task["Spec"]["ContainerSpec"]["Labels"].texts)
    }
}
