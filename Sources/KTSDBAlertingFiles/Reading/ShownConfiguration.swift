package import KTSDBConfiguration
package import KTSDBNotify
internal import Yams

extension NotifierConfiguration {
    /// Returns the text of a configuration as it may be shown: secrets are `<secret>`, passwords in addresses `xxxxx`.
    ///
    /// Routes, times and numbers that come from variables are shown with their values, because `amtool` reads the
    /// answer of `/api/v2/status` as a configuration. Any other value with variables is shown as it is in the file: a
    /// variable may be a secret. An address, which `amtool` checks, is shown without its path.
    ///
    /// With `configuration`, which is what was read from the text, defaults are filled in.
    package static func shownText(
        _ text: String, file: String, variables: Variables = .environment,
        of configuration: NotifierConfiguration? = nil
    ) throws(ConfigurationError) -> String {
        guard let document = try YAMLValue.firstDocument(text, file: file).value else { return "" }
        return try variables.reading(document, .alertmanager) { (expanded, values) throws(ConfigurationError) in
            var node = ShownConfiguration.file(document.node, expanded.node)
            if let configuration { node = ShownDefaults(configuration, values).file(node) }
            return (try? Yams.serialize(node: node, width: -1, allowUnicode: true)) ?? ""
        }
    }
}

/// Walks through a document as it is in the file, and with its variables replaced.
enum ShownConfiguration {
    private typealias Kind = ConfigurationSchema.Kind

    static func file(_ original: Node, _ expanded: Node) -> Node {
        members(original, expanded) { key, original, expanded in
            switch key {
            case "global": section(original, expanded, .global)
            case "receivers": each(original, expanded, receiver)
            default: expanded
            }
        }
    }

    private static func receiver(_ original: Node, _ expanded: Node) -> Node {
        members(original, expanded) { key, original, expanded in
            guard let kind = IntegrationKind.allCases.first(where: { $0.key == key }) else { return expanded }
            return each(original, expanded) { section($0, $1, kind.schema) }
        }
    }

    private static func section(_ original: Node, _ expanded: Node, _ schema: ConfigurationSchema) -> Node {
        members(original, expanded) { key, original, expanded in
            guard let kind = schema.field(key)?.kind else { return masked(original) }
            return value(original, expanded, kind)
        }
    }

    private static func value(_ original: Node, _ expanded: Node, _ kind: Kind) -> Node {
        switch kind {
        case .secret, .secretURL, .templateURL: return expanded.scalar?.string.isEmpty == true ? expanded : mask
        case .flag, .integer, .duration, .goDuration: return expanded
        case .fields(let schema), .textOrFields(let schema):
            return original.mapping == nil ? withoutPassword(original) : section(original, expanded, schema)
        case .list(let schema): return each(original, expanded) { section($0, $1, schema) }
        case .url, .hostPort: return address(original, expanded)
        case .ignored: return masked(original)
        default: return withoutPassword(original)
        }
    }

    // MARK: Values

    static var mask: Node { Node(ConfigurationSchema.mask, Tag(.str), .any) }

    /// Everything in a value replaced, since its fields are not known; the names of files are shown.
    private static func masked(_ node: Node) -> Node {
        switch node {
        case .scalar: return mask
        case .alias: return node
        case .sequence(let sequence):
            return .sequence(Node.Sequence(sequence.map(masked), sequence.tag, sequence.style))
        case .mapping(let mapping):
            let pairs = mapping.map { ($0.key, $0.key.scalar?.string == "files" ? $0.value : masked($0.value)) }
            return .mapping(Node.Mapping(pairs, mapping.tag, mapping.style))
        }
    }

    static func address(_ original: Node, _ expanded: Node) -> Node {
        guard let text = expanded.scalar?.string, original.scalar?.string != text else {
            return withoutPassword(original)
        }
        guard let scheme = text.firstRange(of: "://") else { return original }
        let authority = text[scheme.upperBound...].prefix { !"/?#".contains($0) }
        let host = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
        return Node(text[..<scheme.upperBound] + host + "/", Tag(.str), .any)
    }

    /// Any text with the password in an address replaced: `https://user:xxxxx@host`.
    static func withoutPassword(_ node: Node) -> Node {
        guard let scalar = node.scalar, let scheme = scalar.string.firstRange(of: "://") else { return node }
        let rest = scalar.string[scheme.upperBound...], authority = rest.prefix { !"/?#".contains($0) }
        guard let at = authority.lastIndex(of: "@"), let colon = authority[..<at].firstIndex(of: ":") else {
            return node
        }
        return Node(
            scalar.string[..<rest.startIndex] + rest[..<colon] + ":xxxxx" + rest[at...], Tag(.str), .any)
    }

    // MARK: Structure

    private static func members(
        _ original: Node, _ expanded: Node, _ show: (String, Node, Node) -> Node
    ) -> Node {
        guard let mapping = original.mapping, let values = expanded.mapping, mapping.count == values.count else {
            return masked(original)
        }
        let pairs = zip(mapping, values).map { pair, other in
            // A merged mapping has the fields of the one that it is merged into; several are merged as a list.
            pair.key.scalar?.string == "<<"
                ? (pair.key, each(pair.value, other.value) { members($0, $1, show) })
                : (
                    pair.key,
                    pair.value.isNull ? pair.value : show(pair.key.scalar?.string ?? "", pair.value, other.value)
                )
        }
        return .mapping(Node.Mapping(pairs, mapping.tag, mapping.style))
    }

    /// The elements of a list, or a value that is not a list.
    private static func each(_ original: Node, _ expanded: Node, _ show: (Node, Node) -> Node) -> Node {
        guard let sequence = original.sequence, let values = expanded.sequence else { return show(original, expanded) }
        return .sequence(Node.Sequence(zip(sequence, values).map(show), sequence.tag, sequence.style))
    }
}

extension Node {
    fileprivate var isNull: Bool { YAMLValue(node: self, file: "", line: 1).isNull }
}
