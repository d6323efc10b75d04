internal import KTSDBModel
internal import PrometheusWire
internal import Yams

/// A value of a YAML file that knows where it stands, for errors with file and line.
package struct YAMLValue {
    let node: Node
    let file: String
    /// The line of the value, or of its key when the value is on none.
    let line: Int

    /// The error that this value is the reason for.
    package func error(_ reason: String) -> ConfigurationError {
        ConfigurationError(file: file, line: line, reason: reason)
    }

    /// Whether nothing is given: no text at all, `~` or `null`.
    package var isNull: Bool {
        guard case .scalar(let scalar) = node else { return false }
        return scalar.style == .plain && scalar.tag.rawValue != Tag.Name.str.rawValue
            && Self.nulls.contains(scalar.string)
    }

    /// How null is written.
    static let nulls: Set<String> = ["", "~", "null", "Null", "NULL"]

    /// How truth values are written.
    static let truths: [String: Bool] = {
        var truths: [String: Bool] = [:]
        for text in ["true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y"] { truths[text] = true }
        for text in ["false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N"] {
            truths[text] = false
        }
        return truths
    }()

    /// Whether the value is null, an empty list or an empty mapping.
    package var isEmpty: Bool {
        switch node {
        case .scalar: isNull
        case .sequence(let sequence): sequence.isEmpty
        case .mapping(let mapping): mapping.isEmpty
        case .alias: false
        }
    }

    /// The text of a scalar of any kind, as it is written.
    package func string() throws(ConfigurationError) -> String {
        guard case .scalar(let scalar) = node else { throw error("expected a text, found \(kind)") }
        return isNull ? "" : scalar.string
    }

    /// The text of a scalar that may be a number or a truth value; nil for one that is in quotes, or tagged as a text.
    private var unquoted: String? {
        guard case .scalar(let scalar) = node else { return nil }
        switch Tag.Name(rawValue: scalar.tag.rawValue) {
        case .implicit: return scalar.style == .plain ? scalar.string : nil
        case .bool, .int, .float: return scalar.string
        default: return nil
        }
    }

    package func bool() throws(ConfigurationError) -> Bool {
        guard let text = unquoted, let truth = Self.truths[text] else {
            throw error("expected true or false, without quotes, found \(kind)")
        }
        return truth
    }

    /// A whole number of this type.
    package func whole<Integer: FixedWidthInteger>(_ type: Integer.Type) throws(ConfigurationError) -> Integer {
        if let number = unquoted.flatMap(YAMLNumber.init)?.exactly(type) { return number }
        let bounds = Integer.isSigned ? "" : " of 0 or more"
        throw error("expected a whole number\(bounds), without quotes, found \(kind)")
    }

    /// A whole number that is not negative; no difference is made between those that are too large to matter.
    package func count() throws(ConfigurationError) -> Int { Int(clamping: try whole(UInt64.self)) }

    /// Any number.
    package func number() throws(ConfigurationError) -> Double {
        guard let number = unquoted.flatMap(YAMLNumber.init) else {
            throw error("expected a number, without quotes, found \(kind)")
        }
        return number.value
    }

    package func duration() throws(ConfigurationError) -> Duration {
        let text = try string()
        guard let duration = PrometheusDuration.parse(text) else {
            throw error("not a valid duration string: \(quoted(text))")
        }
        return duration
    }

    package func byteSize() throws(ConfigurationError) -> Int {
        let text = try string()
        guard let size = ByteSize.parse(text) else {
            throw error("not a valid size: \(quoted(text)); write for example 10MB")
        }
        return size
    }

    /// The elements of a list; none when the value is null.
    package func list() throws(ConfigurationError) -> [YAMLValue] {
        if isNull { return [] }
        guard case .sequence(let sequence) = node else { throw error("expected a list, found \(kind)") }
        return sequence.map { YAMLValue(node: $0, file: file, line: $0.mark?.line ?? line) }
    }

    /// A list of texts.
    package func strings() throws(ConfigurationError) -> [String] {
        var strings: [String] = []
        for element in try list() { strings.append(try element.string()) }
        return strings
    }

    /// The keys and values of a mapping, in the order of the file; none when the value is null.
    package func pairs() throws(ConfigurationError) -> [(key: String, value: YAMLValue)] {
        var mergesLeft = Self.mergeLimit
        return try pairs(&mergesLeft)
    }

    /// So many mappings may be merged into one: a few lines of aliases of aliases would else stand for millions.
    private static let mergeLimit = 10_000

    private func pairs(_ mergesLeft: inout Int) throws(ConfigurationError) -> [(key: String, value: YAMLValue)] {
        if isNull { return [] }
        guard case .mapping(let mapping) = node else { throw error("expected a mapping, found \(kind)") }
        var pairs: [(key: String, value: YAMLValue)] = []
        var merged: [YAMLValue] = []
        for (key, node) in mapping {
            let keyLine = key.mark?.line ?? line
            guard case .scalar(let scalar) = key else {
                throw ConfigurationError(file: file, line: keyLine, reason: "expected a text as key")
            }
            // A null value has no place of its own worth naming: its key's line is the better one.
            var value = YAMLValue(node: node, file: file, line: keyLine)
            if !value.isNull, let own = node.mark?.line { value = YAMLValue(node: node, file: file, line: own) }
            if scalar.string == "<<", scalar.style == .plain {
                merged.append(value)
            } else {
                pairs.append((scalar.string, value))
            }
        }
        for value in merged {
            var sources = [value]
            if case .sequence = value.node { sources = try value.list() }
            for source in sources {
                mergesLeft -= 1
                guard mergesLeft >= 0 else {
                    throw error("more than \(Self.mergeLimit) mappings are merged into this one")
                }
                for pair in try source.pairs(&mergesLeft) where !pairs.contains(where: { $0.key == pair.key }) {
                    pairs.append(pair)
                }
            }
        }
        return pairs
    }

    private var kind: String {
        switch node {
        case .scalar(let scalar): quoted(scalar.string)
        case .sequence: "a list"
        case .mapping: "a mapping"
        case .alias: "an alias"
        }
    }
}

/// A mapping whose keys are taken one by one, so that those nobody asked for can be refused.
package struct YAMLSection {
    /// The mapping's own place.
    let value: YAMLValue
    /// How errors call the section: `scrape_configs`, `relabel_configs`.
    let name: String
    private var pairs: [(key: String, value: YAMLValue)]
    /// The keys that were asked for.
    private var known: [String] = []

    /// Errors call the section `name`.
    package init(_ value: YAMLValue, name: String) throws(ConfigurationError) {
        self.value = value
        self.name = name
        pairs = try value.pairs()
    }

    /// Takes the value of `key`; nil when there is none, or null, which Prometheus takes as not given.
    package mutating func take(_ key: String) -> YAMLValue? {
        known.append(key)
        guard let index = pairs.firstIndex(where: { $0.key == key }) else { return nil }
        let value = pairs.remove(at: index).value
        return value.isNull ? nil : value
    }

    /// Refuses `key` unless it is missing or has nothing in it.
    package mutating func refuse(_ key: String, because reason: String) throws(ConfigurationError) {
        guard let value = take(key), !value.isEmpty else { return }
        throw value.error("\(key): \(reason)")
    }

    /// Refuses what was not taken, with the nearest key that was asked for.
    package func finish() throws(ConfigurationError) {
        guard let (key, value) = pairs.first else { return }
        let nearest = NearestName.of(key, in: known).map { "; did you mean \($0)?" } ?? ""
        throw value.error("field \(key) not found in \(name)\(nearest)")
    }

    /// What has not been taken yet, for sections that end in arbitrary keys.
    var rest: [(key: String, value: YAMLValue)] { pairs }
}

extension YAMLValue {
    /// Reads the single document of the file at `path`; nil when it is empty.
    package static func load(path: String) throws(ConfigurationError) -> YAMLValue? {
        let text: String
        do throws(LocalFile.Failure) { text = try LocalFile.text(path) } catch {
            throw ConfigurationError(unreadable: path, error)
        }
        return try document(text, file: path)
    }

    /// Reads the single document of `text`, which has no byte order mark; nil when it is empty.
    static func document(_ text: String, file: String) throws(ConfigurationError) -> YAMLValue? {
        do {
            guard let node = try Yams.compose(yaml: text) else { return nil }
            return YAMLValue(node: node, file: file, line: node.mark?.line ?? 1)
        } catch let error as YamlError {
            throw ConfigurationError(error, file: file)
        } catch {
            throw ConfigurationError(file: file, line: nil, reason: "not valid YAML: \(error)")
        }
    }
}

extension ConfigurationError {
    fileprivate init(_ error: YamlError, file: String) {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let whole = context.map { "\(problem) \($0.text)" } ?? problem
            self.init(file: file, line: mark.line, reason: "not valid YAML: \(whole)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            let keys = duplicates.map { quoted($0) }.joined(separator: ", ")
            self.init(file: file, line: context.mark.line, reason: "key \(keys) already set in map")
        case .reader(let problem, let offset, _, let text):
            let line = offset.map { 1 + text.utf8.prefix($0).count { $0 == UInt8(ascii: "\n") } }
            self.init(file: file, line: line, reason: "not valid YAML: \(problem)")
        default:
            self.init(file: file, line: nil, reason: "not valid YAML: \(error)")
        }
    }
}
