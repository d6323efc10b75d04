/// The known objects of a cluster, and the targets made from them.
///
/// Each object of the role has a list of targets. The list is made again when the object changes, or when another
/// object changes that adds labels to its targets.
struct KubernetesCluster: Sendable {
    typealias Key = KubernetesObject.Key

    /// An object of some kind.
    struct Name: Hashable, Sendable {
        let kind: KubernetesKind
        let key: Key
    }

    /// Objects that are listed together: those of a kind, in one namespace or everywhere.
    struct Scope: Hashable, Sendable {
        let kind: KubernetesKind
        let namespace: String?
    }

    /// The kind of the objects that are targets.
    let role: KubernetesKind
    let attachments: KubernetesAttachments
    /// The kinds that are followed.
    let kinds: Set<KubernetesKind>
    private var objects: [KubernetesKind: [Key: KubernetesObject]] = [:]
    private var groups: [Key: [TargetGroup]] = [:]
    /// The scopes still to be listed before targets are made: targets that lack some of their labels would be wrong.
    private var unlisted: Set<Scope>
    /// The objects of the role whose targets have to be made again.
    private var outdated: Set<Key> = []
    /// The objects of the role by the objects whose labels they use, and the other way round.
    private var users: [Name: Set<Key>] = [:]
    private var uses: [Key: [Name]] = [:]

    /// Creates a cluster without known objects. `namespaces` are the namespaces that are followed; if empty, all are.
    init(role: KubernetesKind, attachments: KubernetesAttachments, namespaces: [String] = []) {
        self.role = role
        self.attachments = attachments
        var kinds = attachments.kinds(for: role).union([role])
        if role == .endpoints || role == .endpointslice { kinds.formUnion([.service, .pod]) }
        self.kinds = kinds
        let places = namespaces.isEmpty ? [nil] : namespaces.map(Optional.some)
        unlisted = Set(
            kinds.flatMap { kind in
                (kind.isNamespaced ? places : [nil]).map { Scope(kind: kind, namespace: $0) }
            })
    }

    /// The scopes to list and watch. Only valid before the first list has ended.
    var scopes: Set<Scope> { unlisted }

    /// Returns an object; nil if it is unknown.
    func object(_ kind: KubernetesKind, _ key: Key) -> KubernetesObject? { objects[kind]?[key] }

    /// Returns how many objects of a kind are known.
    func count(_ kind: KubernetesKind) -> Int { objects[kind]?.count ?? 0 }

    // MARK: Changes

    /// Adds or replaces an object; returns whether it was known before.
    @discardableResult
    mutating func set(_ object: KubernetesObject, _ kind: KubernetesKind) -> Bool {
        let old = objects[kind, default: [:]].updateValue(object, forKey: object.key)
        if old != object { change(kind, object.key) }
        return old != nil
    }

    /// Removes an object; returns whether it was known.
    @discardableResult
    mutating func remove(_ key: Key, _ kind: KubernetesKind) -> Bool {
        guard objects[kind]?.removeValue(forKey: key) != nil else { return false }
        change(kind, key)
        return true
    }

    /// Ends a list: removes the objects that are not in it, and returns how many there were.
    mutating func finish(_ listed: Set<Key>, of scope: Scope) -> Int {
        unlisted.remove(scope)
        let gone = (objects[scope.kind] ?? [:]).keys.filter { key in
            (scope.namespace == nil || key.namespace == scope.namespace) && !listed.contains(key)
        }
        for key in gone { remove(key, scope.kind) }
        return gone.count
    }

    /// Returns whether everything has been listed that the targets of a namespace depend on.
    private func isListed(_ namespace: String) -> Bool {
        !unlisted.contains { $0.namespace == nil || $0.namespace == namespace }
    }

    private mutating func change(_ kind: KubernetesKind, _ key: Key) {
        if kind == role { outdated.insert(key) }
        if let keys = users[Name(kind: kind, key: key)] { outdated.formUnion(keys) }
    }

    // MARK: Targets

    /// Makes the targets of changed objects again. Returns all targets, or nil if none has changed.
    mutating func update() -> [TargetGroup]? {
        let ready = outdated.filter { isListed($0.namespace) }
        var hasChanged = false
        for key in ready {
            let object = objects[role]?[key], made = object.map { targets(of: $0) } ?? []
            note(object.map { names(usedBy: $0) } ?? [], of: key)
            if groups[key] ?? [] != made { hasChanged = true }
            groups[key] = made.isEmpty ? nil : made
        }
        outdated.subtract(ready)
        return hasChanged ? groups.sorted { $0.key < $1.key }.flatMap(\.value) : nil
    }

    private mutating func note(_ names: [Name], of key: Key) {
        for name in uses[key] ?? [] {
            users[name]?.remove(key)
            if users[name]?.isEmpty == true { users[name] = nil }
        }
        uses[key] = names.isEmpty ? nil : names
        for name in names { users[name, default: []].insert(key) }
    }

    /// Returns the objects that the targets of an object get labels from.
    private func names(usedBy object: KubernetesObject) -> [Name] {
        var names: Set<Name> = [Name(kind: .namespace, key: Key(namespace: "", name: object.key.namespace))]
        switch object.details {
        case .pod: names.formUnion(self.names(usedByPod: object))
        case .endpoints(let endpoints):
            names.insert(Name(kind: .service, key: object.key))
            for address in endpoints.subsets.flatMap(\.addresses) {
                names.formUnion(self.names(usedBy: address.target, on: address.nodeName))
            }
        case .slice(let slice):
            if let service = object.label(KubernetesSlice.serviceLabel) {
                names.insert(Name(kind: .service, key: Key(namespace: object.key.namespace, name: service)))
            }
            for endpoint in slice.endpoints {
                names.formUnion(self.names(usedBy: endpoint.target, on: endpoint.nodeName))
            }
        case .node, .service, .ingress, .other: break
        }
        return names.filter { kinds.contains($0.kind) }
    }

    private func names(usedBy target: KubernetesObject.Reference?, on node: String?) -> Set<Name> {
        var names: Set<Name> = []
        if let node { names.insert(Name(kind: .node, key: Key(namespace: "", name: node))) }
        guard let target else { return names }
        if target.kind == "Node" { names.insert(Name(kind: .node, key: Key(namespace: "", name: target.name))) }
        if target.kind == "Pod" {
            names.insert(Name(kind: .pod, key: target.key))
            if let pod = object(.pod, target.key) { names.formUnion(self.names(usedByPod: pod)) }
        }
        return names
    }

    private func names(usedByPod object: KubernetesObject) -> Set<Name> {
        var names: Set<Name> = []
        if let node = object.pod?.nodeName { names.insert(Name(kind: .node, key: Key(namespace: "", name: node))) }
        if let owner = object.controller, let kind = KubernetesKind(rawValue: owner.kind.lowercased()) {
            names.insert(Name(kind: kind, key: owner.key))
        }
        return names
    }
}
