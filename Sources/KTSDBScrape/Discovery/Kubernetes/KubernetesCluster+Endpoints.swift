extension KubernetesCluster {
    /// Returns one target for each port of each address, and one for each other port of their pods.
    func targets(of endpoints: KubernetesEndpoints, _ object: KubernetesObject) -> [TargetGroup] {
        var common = MetaLabels("kubernetes_")
        common.set("namespace", object.key.namespace)
        if let service = self.object(.service, object.key) { common.setService(service) }
        common.setObject(object, "endpoints")
        common.setNamespace(of: object, in: self)
        var found = PodPorts(common)
        for subset in endpoints.subsets {
            for port in subset.ports { for address in subset.addresses { add(address, port, common, to: &found) } }
        }
        return found.all(in: self)
    }

    private func add(
        _ address: KubernetesEndpoints.Address, _ port: KubernetesEndpoints.Port, _ common: MetaLabels,
        to found: inout PodPorts
    ) {
        var labels = common
        labels.set("endpoint_port_name", port.name)
        labels.set("endpoint_port_protocol", port.transport)
        labels.set("endpoint_ready", address.isReady)
        labels.set("endpoint_address_target_kind", address.target?.kind)
        labels.set("endpoint_address_target_name", address.target?.name)
        labels.set("endpoint_node_name", address.nodeName)
        labels.set("endpoint_hostname", address.hostname)
        let own = address.target?.kind == "Node" ? address.target?.name : nil
        labels.setNode(address.nodeName ?? own, in: self)
        found.add(
            labels, NetworkAddress.joined(address.ip, port.number), address.target, port: port.number,
            transport: port.transport, in: self)
    }

    /// Returns one target for each port of each address, and one for each other port of their pods.
    func targets(of slice: KubernetesSlice, _ object: KubernetesObject) -> [TargetGroup] {
        var common = MetaLabels("kubernetes_")
        common.set("namespace", object.key.namespace)
        common.set("endpointslice_address_type", slice.addressType)
        common.setObject(object, "endpointslice")
        if let name = object.label(KubernetesSlice.serviceLabel),
            let service = self.object(.service, Key(namespace: object.key.namespace, name: name))
        {
            common.setService(service)
            // The slice of the address family that the service prefers has the same targets.
            if let family = service.service?.primaryFamily, family != slice.addressType { return [] }
        }
        common.setNamespace(of: object, in: self)
        var found = PodPorts(common)
        for endpoint in slice.endpoints {
            for port in slice.ports {
                for address in endpoint.addresses { add(address, endpoint, port, common, to: &found) }
            }
        }
        return found.all(in: self)
    }

    private func add(
        _ address: String, _ endpoint: KubernetesSlice.Endpoint, _ port: KubernetesSlice.Port, _ common: MetaLabels,
        to found: inout PodPorts
    ) {
        var labels = common
        labels.setSlicePort(port)
        labels.setEndpoint(endpoint)
        let isNode = endpoint.target?.kind == "Node"
        labels.setNode(isNode ? endpoint.target?.name : endpoint.nodeName, in: self)
        found.add(
            labels, port.number.map { NetworkAddress.joined(address, $0) } ?? address, endpoint.target,
            port: port.number,
            transport: nil, in: self)
    }
}

extension MetaLabels {
    fileprivate mutating func setSlicePort(_ port: KubernetesSlice.Port) {
        set("endpointslice_port_name", port.name)
        set("endpointslice_port_protocol", port.transport)
        set("endpointslice_port", port.number.map { String($0) })
        set("endpointslice_port_app_protocol", port.application)
    }

    fileprivate mutating func setEndpoint(_ endpoint: KubernetesSlice.Endpoint) {
        set("endpointslice_endpoint_conditions_ready", endpoint.isReady)
        set("endpointslice_endpoint_conditions_serving", endpoint.isServing)
        set("endpointslice_endpoint_conditions_terminating", endpoint.isTerminating)
        set("endpointslice_endpoint_hostname", endpoint.hostname)
        set("endpointslice_endpoint_node_name", endpoint.nodeName)
        set("endpointslice_endpoint_zone", endpoint.zone)
        set("endpointslice_address_target_kind", endpoint.target?.kind)
        set("endpointslice_address_target_name", endpoint.target?.name)
        for pair in endpoint.topology {
            let name = Self.sanitized(pair.name)
            set("endpointslice_endpoint_topology_\(name)", pair.value)
            set("endpointslice_endpoint_topology_present_\(name)", "true")
        }
    }

    /// Sets the labels of the node of this name, if nodes are followed.
    fileprivate mutating func setNode(_ name: String?, in cluster: KubernetesCluster) {
        guard let name, let node = cluster.object(.node, .init(namespace: "", name: name)) else { return }
        setObject(node, "node")
    }
}
