/// The section `attach_metadata`: the objects whose labels targets get as well.
struct KubernetesAttachments: Hashable, Sendable {
    var node = false
    var namespace = false
    var deployment = false
    var job = false
    var cronJob = false

    /// Returns the kinds of objects that are followed for these labels, besides those that the role needs.
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
