extension KubernetesCluster {
    /// Returns one target for each port.
    func targets(of service: KubernetesService, _ object: KubernetesObject) -> [TargetGroup] {
        var labels = MetaLabels("kubernetes_")
        labels.setService(object)
        labels.setNamespace(of: object, in: self)
        labels.set("service_type", service.type)
        if service.type == "ExternalName" {
            labels.set("service_external_name", service.externalName)
        } else {
            labels.set("service_cluster_ip", service.clusterIP)
        }
        if service.type == "LoadBalancer" { labels.set("service_loadbalancer_ip", service.balancerIP) }
        return service.ports.compactMap { port in
            labels.set("service_port_name", port.name)
            labels.set("service_port_number", String(port.number))
            labels.set("service_port_protocol", port.transport)
            return labels.group(NetworkAddress.joined("\(object.key.name).\(object.key.namespace).svc", port.number))
        }
    }

    /// Returns the kubelet of a node as its target; empty if the node has no address.
    func targets(of node: KubernetesNode, _ object: KubernetesObject) -> [TargetGroup] {
        guard let address = node.address else { return [] }
        var labels = MetaLabels("kubernetes_")
        labels.set("node_provider_id", node.providerID)
        for condition in node.conditions {
            labels.set(
                "node_condition_\(MetaLabels.sanitized(condition.name.lowercased()))", condition.value.lowercased())
        }
        labels.setObject(object, "node")
        labels.set("node_address_", each: node.addresses.map { ($0.name, $0.value) })
        labels.set(exactly: "instance", object.key.name)
        return [labels.group(NetworkAddress.joined(address, node.kubeletPort))].compactMap { $0 }
    }

    /// Returns one target for each path of each host.
    func targets(of ingress: KubernetesIngress, _ object: KubernetesObject) -> [TargetGroup] {
        var labels = MetaLabels("kubernetes_")
        labels.set("namespace", object.key.namespace)
        labels.set("ingress_class_name", ingress.className)
        labels.setObject(object, "ingress")
        labels.setNamespace(of: object, in: self)
        return ingress.rules.flatMap { rule in
            labels.set("ingress_scheme", ingress.scheme(of: rule.host))
            labels.set("ingress_host", rule.host)
            return rule.paths.compactMap { path in
                labels.set("ingress_path", path)
                return labels.group(rule.host)
            }
        }
    }
}

extension MetaLabels {
    /// Sets the labels of a service that all its targets have.
    mutating func setService(_ object: KubernetesObject) {
        set("namespace", object.key.namespace)
        setObject(object, "service")
    }
}
