/// The kinds of objects of the Kubernetes API that discovery follows.
enum KubernetesKind: String, Hashable, Sendable, CaseIterable {
    /// The kinds that can be targets, named like the configuration's roles.
    case pod, node, service, endpoints, endpointslice, ingress
    /// The kinds that only add labels.
    case namespace, replicaset, job

    /// The roles of the configuration.
    static let roles: [KubernetesKind] = [.pod, .service, .endpoints, .endpointslice, .node, .ingress]

    /// Whether objects of this kind are in a namespace.
    var isNamespaced: Bool { self != .node && self != .namespace }

    /// Returns the path of the list of all objects, or of those in one namespace.
    func path(namespace: String?) -> String {
        guard let namespace, isNamespaced else { return "\(group)/\(plural)" }
        return "\(group)/namespaces/\(namespace)/\(plural)"
    }

    private var plural: String {
        switch self {
        case .endpoints: "endpoints"
        case .ingress: "ingresses"
        default: "\(rawValue)s"
        }
    }

    private var group: String {
        switch self {
        case .endpointslice: "/apis/discovery.k8s.io/v1"
        case .ingress: "/apis/networking.k8s.io/v1"
        case .replicaset: "/apis/apps/v1"
        case .job: "/apis/batch/v1"
        default: "/api/v1"
        }
    }
}
