/// An object of the Kubernetes API, reduced to what targets and their labels are made from. Other changes do not
/// matter.
struct KubernetesObject: Hashable, Sendable {
    /// The name of an object among the objects of its kind.
    struct Key: Hashable, Comparable, Sendable {
        let namespace: String
        let name: String

        static func < (left: Key, right: Key) -> Bool {
            (left.namespace, left.name) < (right.namespace, right.name)
        }
    }

    /// A name and a value, such as a label or an annotation.
    struct Pair: Hashable, Sendable {
        let name: String
        let value: String
    }

    /// Another object that an object names.
    struct Reference: Hashable, Sendable {
        let kind: String
        let namespace: String
        let name: String
    }

    /// The properties that only one kind of object has.
    enum Details: Hashable, Sendable {
        case pod(KubernetesPod)
        case node(KubernetesNode)
        case service(KubernetesService)
        case endpoints(KubernetesEndpoints)
        case slice(KubernetesSlice)
        case ingress(KubernetesIngress)
        /// A kind of which only the labels, the annotations and the controller matter.
        case other
    }

    let key: Key
    let uid: String
    let labels: [Pair]
    let annotations: [Pair]
    /// The object that manages this one, such as the replica set of a pod.
    let controller: Reference?
    let details: Details

    /// Reads an object of a list or a watch; nil if it has no name.
    init?(_ json: JSONDocument, _ kind: KubernetesKind) {
        let metadata = json["metadata"]
        guard let name = metadata["name"].text, !name.isEmpty else { return nil }
        let namespace = metadata["namespace"].text ?? ""
        key = Key(namespace: namespace, name: name)
        uid = metadata["uid"].text ?? ""
        labels = Self.pairs(metadata["labels"])
        annotations = Self.pairs(metadata["annotations"])
        controller = metadata["ownerReferences"].elements.first { $0["controller"].isTrue == true }.map { owner in
            Reference(kind: owner["kind"].text ?? "", namespace: namespace, name: owner["name"].text ?? "")
        }
        details =
            switch kind {
            case .pod: .pod(KubernetesPod(json))
            case .node: .node(KubernetesNode(json))
            case .service: .service(KubernetesService(json))
            case .endpoints: .endpoints(KubernetesEndpoints(json))
            case .endpointslice: .slice(KubernetesSlice(json))
            case .ingress: .ingress(KubernetesIngress(json))
            case .namespace, .replicaset, .job: .other
            }
    }

    static func pairs(_ json: JSONDocument) -> [Pair] { json.texts.map { Pair(name: $0.name, value: $0.value) } }

    /// The value of a label of the object.
    func label(_ name: String) -> String? { labels.last { $0.name == name }?.value }

    var pod: KubernetesPod? { if case .pod(let pod) = details { pod } else { nil } }
    var service: KubernetesService? { if case .service(let service) = details { service } else { nil } }
}

extension KubernetesObject.Reference {
    /// Reads a `targetRef`; nil if it is missing.
    init?(_ json: JSONDocument) {
        guard json.isObject else { return nil }
        self.init(
            kind: json["kind"].text ?? "", namespace: json["namespace"].text ?? "", name: json["name"].text ?? "")
    }

    var key: KubernetesObject.Key { KubernetesObject.Key(namespace: namespace, name: name) }
}
