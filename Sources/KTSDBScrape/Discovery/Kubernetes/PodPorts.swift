/// The targets of a service's endpoints under construction: first the endpoints, then the ports of their pods that the
/// service does not expose.
struct PodPorts {
    private typealias Key = KubernetesObject.Key

    /// The labels that all targets share.
    private let common: MetaLabels
    private var groups: [TargetGroup] = []
    /// The pods, in the order in which they were added. `seen` has the ports of each pod that already have targets.
    private var pods: [Key] = []
    private var seen: [Key: Set<Int>] = [:]

    init(_ common: MetaLabels) { self.common = common }

    /// Adds the target of an endpoint. `transport` overrides the protocol of the container's port; nil keeps it.
    mutating func add(
        _ labels: MetaLabels, _ address: String, _ target: KubernetesObject.Reference?, port: Int?,
        transport: String?, in cluster: KubernetesCluster
    ) {
        var labels = labels
        if let target, target.kind == "Pod", let object = cluster.object(.pod, target.key), let pod = object.pod {
            labels.setPod(object, in: cluster)
            for container in pod.containers {
                guard let own = container.ports.first(where: { $0.number == port }) else { continue }
                labels.setContainer(container)
                labels.setPort(.init(name: own.name, number: own.number, transport: transport ?? own.transport))
            }
            if seen[object.key] == nil { pods.append(object.key) }
            seen[object.key, default: []].formUnion([port].compactMap { $0 })
        }
        if let group = labels.group(address) { groups.append(group) }
    }

    /// Returns all targets.
    func all(in cluster: KubernetesCluster) -> [TargetGroup] {
        groups
            + pods.flatMap { key in
                guard let object = cluster.object(.pod, key), let pod = object.pod, !pod.ip.isEmpty else {
                    return [TargetGroup]()
                }
                return pod.containers.flatMap { container in
                    container.ports.filter { seen[key]?.contains($0.number) != true }.compactMap { port in
                        var labels = common
                        labels.setPod(object, in: cluster)
                        labels.setContainer(container)
                        labels.setPort(port)
                        return labels.group(NetworkAddress.joined(pod.ip, port.number))
                    }
                }
            }
    }
}
