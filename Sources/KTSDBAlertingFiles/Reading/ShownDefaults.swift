internal import KTSDBConfiguration
internal import KTSDBNotify
internal import PrometheusWire
internal import Yams

/// Adds to a shown configuration what the file does not set: defaults, and what integrations take from `global`.
///
/// Alertmanager shows its configuration in this way. Fields that came after version 0.25 are shown only if the file
/// sets them, so that amtool of that version can read the answer.
struct ShownDefaults {
    let configuration: NotifierConfiguration
    /// What the file says, by what was read instead of it.
    let originals: [String: String]

    private static let laterFields: Set<String> = [
        "slack_app_url", "app_url", "rocketchat_api_url", "jira_api_url", "update_message", "proxy_from_environment",
        "monospace", "threading", "timeout", "force_implicit_tls", "app_token", "app_token_file",
    ]

    init(_ configuration: NotifierConfiguration, _ values: [ExpandedValue]) {
        self.configuration = configuration
        originals = Dictionary(values.map { ($0.expanded, $0.original) }) { first, _ in first }
    }

    /// Returns the whole file, complete.
    func file(_ node: Node) -> Node {
        guard let mapping = node.mapping else { return node }
        var values = configuration.global
        if values["http_config"] == nil { values["http_config"] = .fields(ConfigurationSchema.http.defaults) }
        let global = section(mapping["global"], .global, values)
        var pairs = mapping.map { key, value in
            switch key.scalar?.string {
            case "global": (key, global)
            case "route": (key, route(value))
            case "receivers": (key, receivers(value, global))
            default: (key, value)
            }
        }
        if mapping["global"] == nil { pairs.insert((Node("global"), global), at: 0) }
        if mapping["templates"] == nil { pairs.append((Node("templates"), Node([Node](), Tag(.seq), .flow))) }
        return .mapping(Node.Mapping(pairs, mapping.tag, mapping.style))
    }

    private func route(_ node: Node) -> Node {
        guard let mapping = node.mapping else { return node }
        var pairs = mapping.map { key, value in
            guard key.scalar?.string == "routes", let routes = value.sequence else { return (key, value) }
            return (key, Node.sequence(Node.Sequence(routes.map(route), routes.tag, routes.style)))
        }
        if !Self.keys(node).contains("continue") { pairs.append((Node("continue"), ShownValue.plain("false"))) }
        return .mapping(Node.Mapping(pairs, mapping.tag, mapping.style))
    }

    // MARK: Receivers

    private func receivers(_ node: Node, _ global: Node) -> Node {
        guard let sequence = node.sequence, sequence.count == configuration.receivers.count else { return node }
        let shown = zip(sequence, configuration.receivers).map { receiver($0, $1, global) }
        return .sequence(Node.Sequence(shown, sequence.tag, sequence.style))
    }

    private func receiver(_ node: Node, _ receiver: Receiver, _ global: Node) -> Node {
        guard let mapping = node.mapping else { return node }
        let pairs = mapping.map { key, value in
            guard let kind = IntegrationKind.allCases.first(where: { $0.key == key.scalar?.string }), kind.isDelivered,
                let sequence = value.sequence
            else { return (key, value) }
            let values = receiver.integrations.filter { $0.kind == kind }.map(\.values)
            guard values.count == sequence.count else { return (key, value) }
            let shown = zip(sequence, values).map { integration($0, kind, $1, global) }
            return (key, Node.sequence(Node.Sequence(shown, sequence.tag, sequence.style)))
        }
        return .mapping(Node.Mapping(pairs, mapping.tag, mapping.style))
    }

    private func integration(_ node: Node, _ kind: IntegrationKind, _ values: FieldValues, _ global: Node) -> Node {
        var values = values
        // The configuration of HTTP of these has to say who is allowed to send.
        let hasOwn = Self.keys(node).contains("http_config") || [.incidentio, .webex].contains(kind)
        if !hasOwn { values["http_config"] = nil }
        let shown = section(node, kind.schema, values)
        guard !hasOwn, kind.schema.field("http_config") != nil, let shared = global.mapping?["http_config"],
            let mapping = shown.mapping
        else { return shown }
        return .mapping(Node.Mapping(mapping.map { ($0, $1) } + [(Node("http_config"), shared)], mapping.tag))
    }

    // MARK: Sections

    private func section(_ node: Node?, _ schema: ConfigurationSchema, _ values: FieldValues) -> Node {
        let mapping = node?.mapping, present = node.map(Self.keys) ?? []
        var pairs = (mapping ?? [:]).map { key, value in
            (key, completed(value, key.scalar?.string ?? "", schema, values))
        }
        for field in schema.fields where !present.contains(field.name) && !Self.laterFields.contains(field.name) {
            guard !Self.hasOther(field.name, present), let value = values[field.name],
                let shown = self.node(value, field.kind)
            else { continue }
            pairs.append((Node(field.name), shown))
        }
        return .mapping(Node.Mapping(pairs, mapping?.tag ?? Tag(.map)))
    }

    /// A value that the file sets, with what it leaves out within.
    private func completed(
        _ value: Node, _ name: String, _ schema: ConfigurationSchema, _ values: FieldValues
    ) -> Node {
        if name == "http_config", let own = values.fields(name) { return section(value, .http, own) }
        guard name == "details", case .object(let members)? = values.tree(name), let mapping = value.mapping else {
            return value
        }
        let present = Self.keys(value)
        let others = members.filter { !present.contains($0.name) }.map { (Node($0.name), ShownValue.tree($0.value)) }
        return .mapping(Node.Mapping(mapping.map { ($0, $1) } + others, mapping.tag))
    }

    /// Whether the file sets the field with which this one must not be: a secret, or the file that has it.
    private static func hasOther(_ name: String, _ present: Set<String>) -> Bool {
        present.contains(name + "_file") || (name.hasSuffix("_file") && present.contains(String(name.dropLast(5))))
    }

    private static func keys(_ node: Node) -> Set<String> {
        Set(((try? YAMLValue(node: node, file: "", line: 1).pairs()) ?? []).map(\.key))
    }

    private func node(_ value: ConfigurationValue, _ kind: ConfigurationSchema.Kind) -> Node? {
        switch value {
        case .text(let text): return text.isEmpty ? nil : self.text(text, kind)
        case .flag(let flag): return ShownValue.plain(flag ? "true" : "false")
        case .integer(let number): return ShownValue.plain(String(number))
        case .duration(let duration): return ShownValue.text(PrometheusDuration.format(duration))
        case .texts(let texts): return texts.isEmpty ? nil : Node(texts.map(ShownValue.text), Tag(.seq))
        case .pairs(let pairs):
            return pairs.pairs.isEmpty
                ? nil : Node(pairs.pairs.map { (Node($0.name), ShownValue.text($0.value)) }, Tag(.map))
        case .tree(let tree): return if case .treeMap = kind { ShownValue.tree(tree) } else { nil }
        case .fields(let fields):
            return if case .fields(let schema) = kind { section(nil, schema, fields) } else { nil }
        case .list: return nil
        }
    }

    private func text(_ text: String, _ kind: ConfigurationSchema.Kind) -> Node {
        let original = ShownValue.text(originals[text] ?? text)
        switch kind {
        case .secret, .secretURL, .templateURL: return ShownConfiguration.mask
        case .url, .hostPort: return ShownConfiguration.address(original, ShownValue.text(text))
        default: return ShownConfiguration.withoutPassword(original)
        }
    }
}

/// Values as they are shown.
enum ShownValue {
    /// A number, a flag, or null.
    static func plain(_ text: String) -> Node { Node(text, Tag(.implicit), .plain) }

    /// A text, in quotation marks if it would be something else without.
    static func text(_ text: String) -> Node {
        let isOther =
            YAMLValue.nulls.contains(text) || Double(text) != nil
            || ["true", "false", "yes", "no", "on", "off"].contains(text.lowercased())
        return Node(text, Tag(.str), isOther || text.isEmpty ? .doubleQuoted : .any)
    }

    static func tree(_ value: JSONTree) -> Node {
        switch value {
        case .null: plain("null")
        case .bool(let flag): plain(flag ? "true" : "false")
        case .number(let text): plain(text)
        case .string(let text): self.text(text)
        case .array(let elements): Node(elements.map(tree), Tag(.seq))
        case .object(let members): Node(members.map { (Node($0.name), tree($0.value)) }, Tag(.map))
        }
    }
}
