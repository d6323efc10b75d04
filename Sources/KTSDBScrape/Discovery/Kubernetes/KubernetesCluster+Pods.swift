extension KubernetesCluster {
    /// Returns the targets of an object of the role.
    func targets(of object: KubernetesObject) -> [TargetGroup] {
        switch object.details {
        case .pod(let pod): targets(of: pod, object)
        case .node(let node): targets(of: node, object)
        case .service(let service): targets(of: service, object)
        case .endpoints(let endpoints): targets(of: endpoints, object)
        case .slice(let slice): targets(of: slice, object)
        case .ingress(let ingress): targets(of: ingress, object)
        case .other: []
        }
    }

    /// Returns one target for each port of each container, and one for a container without ports.
    private func targets(of pod: KubernetesPod, _ object: KubernetesObject) -> [TargetGroup] {
        // A pod that is starting, or was evicted, has no address.
        guard !pod.ip.isEmpty else { return [] }
        var common = MetaLabels("kubernetes_")
        common.setPod(object, in: self)
        common.set("namespace", object.key.namespace)
        if kinds.contains(.node) {
            // A node selector also excludes the pods of the nodes that it excludes.
            guard let node = self.object(.node, Key(namespace: "", name: pod.nodeName)) else { return [] }
            common.setObject(node, "node")
        }
        common.setNamespace(of: object, in: self)
        return pod.containers.flatMap { container in
            var labels = common
            labels.setContainer(container)
            labels.set("pod_container_id", container.id)
            guard !container.ports.isEmpty else { return [labels.group(pod.ip)].compactMap { $0 } }
            return container.ports.compactMap { port in
                labels.setPort(port)
                return labels.group(NetworkAddress.joined(pod.ip, port.number))
            }
        }
    }
}

extension MetaLabels {
    /// Sets the labels that every target of a pod has.
    mutating func setPod(_ object: KubernetesObject, in cluster: KubernetesCluster) {
        guard let pod = object.pod else { return }
        set("pod_ip", pod.ip)
        set("pod_ready", pod.readiness)
        set("pod_phase", pod.phase)
        set("pod_node_name", pod.nodeName)
        set("pod_host_ip", pod.hostIP)
        set("pod_uid", object.uid)
        setObject(object, "pod")
        guard let owner = object.controller else { return }
        set("pod_controller_kind", owner.kind)
        set("pod_controller_name", owner.name)
        switch owner.kind {
        case "ReplicaSet":
            let above = cluster.object(.replicaset, owner.key)?.controller
            if cluster.attachments.deployment, let above, above.kind == "Deployment" {
                set("pod_deployment_name", above.name)
            }
        case "Job":
            if cluster.attachments.job { set("pod_job_name", owner.name) }
            let above = cluster.object(.job, owner.key)?.controller
            if cluster.attachments.cronJob, let above, above.kind == "CronJob" {
                set("pod_cronjob_name", above.name)
            }
        default: break
        }
    }

    /// Sets the labels of a container, except those of its port.
    mutating func setContainer(_ container: KubernetesPod.Container) {
        set("pod_container_name", container.name)
        set("pod_container_image", container.image)
        set("pod_container_init", container.isInit)
    }

    mutating func setPort(_ port: KubernetesPod.Port) {
        set("pod_container_port_name", port.name)
        set("pod_container_port_number", String(port.number))
        set("pod_container_port_protocol", port.transport)
    }

    /// Sets the name, the labels and the annotations of an object.
    mutating func setObject(_ object: KubernetesObject, _ kind: String) {
        set("\(kind)_name", object.key.name)
        setLabels(object, kind)
    }

    /// Sets the labels and annotations of the namespace that an object is in.
    mutating func setNamespace(of object: KubernetesObject, in cluster: KubernetesCluster) {
        let key = KubernetesObject.Key(namespace: "", name: object.key.namespace)
        if let namespace = cluster.object(.namespace, key) { setLabels(namespace, "namespace") }
    }

    private mutating func setLabels(_ object: KubernetesObject, _ kind: String) {
        for (pairs, what) in [(object.labels, "label"), (object.annotations, "annotation")] {
            for pair in pairs {
                let name = Self.sanitized(pair.name)
                set("\(kind)_\(what)_\(name)", pair.value)
                set("\(kind)_\(what)present_\(name)", "true")
            }
        }
    }
}
