internal import KTSDBModel
internal import PrometheusWire
package import Yams

/// A value in a YAML file that knows its place, for errors with file and line.
package struct YAMLValue {
    package let node: Node
    package let file: String
    /// The line of the value, or of its key if the value has none.
    package let line: Int

    package init(node: Node, file: String, line: Int) {
        self.node = node
        self.file = file
        self.line = line
    }

    /// Creates an error at the place of this value.
    package func error(_ reason: String) -> ConfigurationError {
        ConfigurationError(file: file, line: line, reason: reason)
    }

    /// Returns an error about a key of this mapping, with the key's line: the value's own may be a later one.
    package func error(at key: String, _ reason: String) -> ConfigurationError {
        var line = line
        if case .mapping(let mapping) = node {
            for (name, _) in mapping where name.string == key { line = name.mark?.line ?? line }
        }
        return ConfigurationError(file: file, line: line, reason: reason)
    }

    /// Throws an error about a value that is valid in Prometheus and that this version does not serve; a check of files
    /// collects it instead (``UnservedFields``).
    package func refuse(_ reason: String) throws(ConfigurationError) {
        if !UnservedFields.note(error(reason)) { throw error(reason) }
    }

    /// Whether the value is missing: an empty text, `~` or `null`.
    package var isNull: Bool {
        guard case .scalar(let scalar) = node else { return false }
        return scalar.style == .plain && scalar.tag.rawValue != Tag.Name.str.rawValue
            && Self.nulls.contains(scalar.string)
    }

    /// The spellings of null.
    package static let nulls: Set<String> = ["", "~", "null", "Null", "NULL"]

    /// The spellings of truth values.
    package static let truths: [String: Bool] = {
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

    /// Returns the text of a scalar of any kind, as it is written.
    package func string() throws(ConfigurationError) -> String {
        guard case .scalar(let scalar) = node else { throw error("expected a text, found \(kind)") }
        return isNull ? "" : scalar.string
    }

    /// The text of a scalar that may be a number or a truth value; nil if it is quoted, or tagged as a string.
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

    /// Returns the value as a whole number of this type.
    package func whole<Integer: FixedWidthInteger>(_ type: Integer.Type) throws(ConfigurationError) -> Integer {
        if let number = unquoted.flatMap(YAMLNumber.init)?.exactly(type) { return number }
        let bounds = Integer.isSigned ? "" : " of 0 or more"
        throw error("expected a whole number\(bounds), without quotes, found \(kind)")
    }

    /// Returns the value as a whole number that is not negative. Numbers too large to matter are clamped.
    package func count() throws(ConfigurationError) -> Int { Int(clamping: try whole(UInt64.self)) }

    /// Returns the value as a number.
    package func number() throws(ConfigurationError) -> Double {
        guard let number = unquoted.flatMap(YAMLNumber.init) else {
            throw error("expected a number, without quotes, found \(kind)")
        }
        return number.value
    }

    /// Returns the value as a number that may be infinite or NaN: `.inf`, `-.Inf`, `.nan`.
    package func float() throws(ConfigurationError) -> Double {
        if let special = unquoted.flatMap({ Self.specialNumbers[$0] }) { return special }
        return try number()
    }

    /// YAML's names of numbers without digits.
    private static let specialNumbers: [String: Double] = {
        var numbers: [String: Double] = [:]
        for name in [".nan", ".NaN", ".NAN"] { numbers[name] = .nan }
        for name in [".inf", ".Inf", ".INF"] {
            numbers[name] = .infinity
            numbers["+\(name)"] = .infinity
            numbers["-\(name)"] = -.infinity
        }
        return numbers
    }()

    package func duration() throws(ConfigurationError) -> Duration {
        let text = try string()
        guard let duration = PrometheusDuration.parse(text) else {
            throw error("not a valid duration string: \(goQuoted(text))")
        }
        return duration
    }

    package func byteSize() throws(ConfigurationError) -> Int {
        let text = try string()
        guard let size = ByteSize.parse(text) else {
            throw error("not a valid size: \(goQuoted(text)); write for example 10MB")
        }
        return size
    }

    /// Returns the elements of a list; none if the value is null.
    package func list() throws(ConfigurationError) -> [YAMLValue] {
        if isNull { return [] }
        guard case .sequence(let sequence) = node else { throw error("expected a list, found \(kind)") }
        return sequence.map { YAMLValue(node: $0, file: file, line: $0.mark?.line ?? line) }
    }

    /// Returns the elements of a list of texts.
    package func strings() throws(ConfigurationError) -> [String] {
        var strings: [String] = []
        for element in try list() { strings.append(try element.string()) }
        return strings
    }

    /// Returns the keys and values of a mapping, in the order of the file; none if the value is null.
    package func pairs() throws(ConfigurationError) -> [(key: String, value: YAMLValue)] {
        var mergesLeft = Self.mergeLimit
        return try pairs(&mergesLeft)
    }

    /// How many mappings may be merged into one: otherwise, a few lines with aliases of aliases could expand to
    /// millions.
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
            // The line of a null value does not help; that of its key does.
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
        case .scalar(let scalar): goQuoted(scalar.string)
        case .sequence: "a list"
        case .mapping: "a mapping"
        case .alias: "an alias"
        }
    }
}

/// A mapping whose keys are taken one by one, so that unknown keys can be refused.
package struct YAMLSection {
    /// The mapping itself, for its place.
    package let value: YAMLValue
    /// The section's name in errors: `scrape_configs`, `relabel_configs`.
    package let name: String
    private var pairs: [(key: String, value: YAMLValue)]
    /// The keys that were asked for.
    private var known: [String] = []

    /// Creates a section, which errors call `name`.
    package init(_ value: YAMLValue, name: String) throws(ConfigurationError) {
        self.value = value
        self.name = name
        pairs = try value.pairs()
    }

    /// Takes the value of `key`; nil if it is missing, or null, which Prometheus treats as missing.
    package mutating func take(_ key: String) -> YAMLValue? {
        known.append(key)
        guard let index = pairs.firstIndex(where: { $0.key == key }) else { return nil }
        let value = pairs.remove(at: index).value
        return value.isNull ? nil : value
    }

    /// Refuses `key` unless it is missing or empty.
    package mutating func refuse(_ key: String, because reason: String) throws(ConfigurationError) {
        guard let value = take(key), !value.isEmpty else { return }
        try value.refuse("\(key): \(reason)")
    }

    /// Refuses the first key that was not taken, and suggests the nearest one that was asked for.
    package func finish() throws(ConfigurationError) {
        guard let (key, value) = pairs.first else { return }
        let nearest = NearestName.of(key, in: known).map { "; did you mean \($0)?" } ?? ""
        throw value.error("field \(key) not found in \(name)\(nearest)")
    }

    /// The pairs that have not been taken yet, for sections that end in arbitrary keys.
    package var rest: [(key: String, value: YAMLValue)] { pairs }
}
