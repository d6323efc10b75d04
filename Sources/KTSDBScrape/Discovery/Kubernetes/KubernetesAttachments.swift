/// `attach_metadata`: which labels of other objects targets get.
struct KubernetesAttachments: Hashable, Sendable {
    var node = false
    var namespace = false
    var deployment = false
    var job = false
    var cronJob = false

    /// The kinds of objects that are followed for it, besides those of the role.
    func kinds(for role: KubernetesKind) -> Set<KubernetesKind> {
        var kinds: Set<KubernetesKind> = []
        if role == .node { return [] }
        if namespace { kinds.insert(.namespace) }
        guard role != .service, role != .ingress else { return kinds }
        if node { kinds.insert(.node) }
        if deployment { kinds.insert(.replicaset) }
        if job || cronJob { kinds.insert(.job) }
        return kinds
    }
}
