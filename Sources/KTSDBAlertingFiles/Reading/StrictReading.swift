package import KTSDBConfiguration
internal import KTSDBModel
package import KTSDBNotify
internal import PrometheusWire
internal import Yams

/// Reads a YAML file as Go's strict decoder does, with its error texts.
///
/// Values of a wrong kind and unknown fields are collected, and reported together at the end. An error of another kind
/// ends reading at once.
package struct StrictReading {
    /// How many errors are collected.
    private static let problemLimit = 50
    /// How deep mappings and lists may be in each other.
    package static let depthLimit = 100

    /// How many values a free form may have: otherwise, a few lines with aliases of aliases could expand to millions.
    private static let treeLimit = 100_000

    private(set) var problems: [String] = []
    private var treeValues = 0
    /// The line of the first problem.
    private(set) var firstLine: Int?
    /// Returns the bytes of a file of the time zone database by its name, such as `Europe/Berlin`.
    let readZone: (String) -> [UInt8]?
    let syntax: MatcherSyntax
    /// Whether a field that nothing is known of is skipped.
    var ignoresUnknownFields = false

    package init(syntax: MatcherSyntax, readZone: @escaping (String) -> [UInt8]?) {
        self.syntax = syntax
        self.readZone = readZone
    }

    /// Throws the collected problems, if there are any.
    package func finish(_ file: String) throws(ConfigurationError) {
        guard !problems.isEmpty else { return }
        let text = problems.map { "  " + $0 }.joined(separator: "\n")
        throw ConfigurationError(file: file, line: firstLine, reason: "yaml: unmarshal errors:\n" + text)
    }

    mutating func note(_ line: Int, _ text: String) {
        firstLine = firstLine ?? line
        if problems.count < Self.problemLimit { problems.append("line \(line): \(text)") }
    }

    /// Notes that a value is not of the wanted Go type.
    mutating func noteMismatch(_ value: YAMLValue, _ goType: String) {
        note(value.line, "cannot unmarshal \(Self.shown(value)) into \(goType)")
    }

    private static func shown(_ value: YAMLValue) -> String {
        switch value.node {
        case .sequence: return "!!seq"
        case .mapping: return "!!map"
        case .alias: return "!!alias"
        case .scalar(let scalar):
            let text = scalar.string.utf8.count > 10 ? String(scalar.string.prefix(7)) + "..." : scalar.string
            return "\(tag(scalar, value)) `\(text)`"
        }
    }

    private static func tag(_ scalar: Node.Scalar, _ value: YAMLValue) -> String {
        guard scalar.style == .plain else { return "!!str" }
        if value.isNull { return "!!null" }
        if (try? value.bool()) != nil { return "!!bool" }
        if (try? value.whole(Int64.self)) != nil, !scalar.string.contains(".") { return "!!int" }
        return (try? value.number()) != nil ? "!!float" : "!!str"
    }

    // MARK: Scalars

    /// The text of a scalar of any kind; nil if it is null or not a scalar.
    mutating func text(_ value: YAMLValue, _ goType: String = "string") -> String? {
        if value.isNull { return nil }
        guard let text = try? value.string() else {
            noteMismatch(value, goType)
            return nil
        }
        return text
    }

    mutating func flag(_ value: YAMLValue) -> Bool? {
        if value.isNull { return nil }
        if let flag = try? value.bool() { return flag }
        noteMismatch(value, "bool")
        return nil
    }

    mutating func integer(_ value: YAMLValue, _ goType: String) -> Int64? {
        if value.isNull { return nil }
        let number =
            goType.hasPrefix("uint")
            ? (try? value.whole(UInt64.self)).flatMap { Int64(exactly: $0) } : try? value.whole(Int64.self)
        if number == nil { noteMismatch(value, goType) }
        return number
    }

    mutating func texts(_ value: YAMLValue) -> [String]? {
        guard let elements = list(value, "[]string") else { return nil }
        return elements.map { text($0) ?? "" }
    }

    mutating func pairs(_ value: YAMLValue, _ goType: String = "map[string]string") -> KeyValues? {
        guard let pairs = mapping(value, goType) else { return nil }
        return KeyValues(pairs.map { ($0.key, text($0.value) ?? "") })
    }

    // MARK: Lists and mappings

    /// The elements of a list; those that are null are left out unless Go has pointers to elements.
    package mutating func list(_ value: YAMLValue, _ goType: String) -> [YAMLValue]? {
        if value.isNull { return nil }
        guard let elements = try? value.list() else {
            noteMismatch(value, goType)
            return nil
        }
        return goType.hasPrefix("[]*") ? elements : elements.filter { !$0.isNull }
    }

    /// The keys and values of a mapping, with the lines of the keys.
    mutating func mapping(_ value: YAMLValue, _ goType: String) -> [(key: String, value: YAMLValue, line: Int)]? {
        if value.isNull { return nil }
        guard let pairs = try? value.pairs() else {
            noteMismatch(value, goType)
            return nil
        }
        var lines: [String: Int] = [:]
        if case .mapping(let mapping) = value.node {
            for (key, _) in mapping { if let text = key.scalar?.string { lines[text] = key.mark?.line } }
        }
        return pairs.map { ($0.key, $0.value, lines[$0.key] ?? $0.value.line) }
    }

    /// Notes a field that the Go type does not have.
    mutating func noteUnknown(_ key: String, _ line: Int, _ goType: String) {
        if !ignoresUnknownFields { note(line, "field \(key) not found in type \(goType)") }
    }

    /// Any value as JSON; keys that are not texts are texts here.
    mutating func tree(_ value: YAMLValue, depth: Int = 0) -> JSONTree {
        if value.isNull { return .null }
        treeValues += 1
        guard depth < Self.depthLimit, treeValues < Self.treeLimit else {
            noteMismatch(value, "interface {}")
            return .null
        }
        switch value.node {
        case .sequence: return .array((try? value.list())?.map { tree($0, depth: depth + 1) } ?? [])
        case .mapping:
            let members = (mapping(value, "interface {}") ?? []).map {
                JSONTree.Member($0.key, tree($0.value, depth: depth + 1))
            }
            return .object(members.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) })
        default: return Self.scalar(value)
        }
    }

    private static func scalar(_ value: YAMLValue) -> JSONTree {
        if let flag = try? value.bool() { return .bool(flag) }
        if let number = try? value.whole(Int64.self) { return .integer(number) }
        if let number = try? value.number(), number.isFinite { return .number("\(number)") }
        return .string((try? value.string()) ?? "")
    }
}

extension YAMLValue {
    /// An error in Alertmanager's words at the place of this value.
    func refusal(_ reason: some CustomStringConvertible) -> ConfigurationError { error(reason.description) }
}
