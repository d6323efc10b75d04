package import PrometheusWire

/// The value of one field of a configuration.
package indirect enum ConfigurationValue: Hashable, Sendable {
    case text(String)
    case flag(Bool)
    case integer(Int64)
    case duration(Duration)
    case texts([String])
    case pairs(KeyValues)
    case tree(JSONTree)
    case fields(FieldValues)
    case list([FieldValues])
}

/// The fields of one section of a configuration, by their names in the file.
package struct FieldValues: Hashable, Sendable {
    private var values: [String: ConfigurationValue] = [:]

    package init(_ values: [String: ConfigurationValue] = [:]) { self.values = values }

    package subscript(name: String) -> ConfigurationValue? {
        get { values[name] }
        set { values[name] = newValue }
    }

    /// The text of a field; empty if it is not set.
    package func text(_ name: String) -> String {
        if case .text(let text)? = values[name] { text } else { "" }
    }
    package func flag(_ name: String) -> Bool {
        if case .flag(let flag)? = values[name] { flag } else { false }
    }
    package func integer(_ name: String) -> Int64 {
        if case .integer(let integer)? = values[name] { integer } else { 0 }
    }
    /// The duration of a field; zero if it is not set.
    package func duration(_ name: String) -> Duration {
        if case .duration(let duration)? = values[name] { duration } else { .zero }
    }
    package func texts(_ name: String) -> [String] {
        if case .texts(let texts)? = values[name] { texts } else { [] }
    }
    package func pairs(_ name: String) -> KeyValues {
        if case .pairs(let pairs)? = values[name] { pairs } else { KeyValues() }
    }
    package func tree(_ name: String) -> JSONTree? {
        if case .tree(let tree)? = values[name] { tree } else { nil }
    }
    package func fields(_ name: String) -> FieldValues? {
        if case .fields(let fields)? = values[name] { fields } else { nil }
    }
    package func list(_ name: String) -> [FieldValues] {
        if case .list(let list)? = values[name] { list } else { [] }
    }

    /// Whether a field is set and, if it is a text, not empty.
    package func has(_ name: String) -> Bool {
        switch values[name] {
        case nil: false
        case .text(let text)?: !text.isEmpty
        default: true
        }
    }

    /// Sets a field from another section unless it is set.
    mutating func inherit(_ name: String, from other: FieldValues, _ otherName: String) {
        if !has(name), let value = other[otherName] { values[name] = value }
    }
}
