/// The fields that a section of a configuration may have. One table serves reading, defaults, and masking of secrets.
package struct ConfigurationSchema: Sendable {
    /// What a field's value is.
    package indirect enum Kind: Sendable {
        case text
        /// A text that is not shown.
        case secret
        case flag
        /// A whole number in the range of a Go type: `uint64`, `int64`, `int`.
        case integer(String)
        /// A duration in Prometheus' notation.
        case duration
        /// A duration in Go's notation: `1.5h`, `500ms`.
        case goDuration
        /// An address with scheme `http` or `https`.
        case url
        case secretURL
        /// An address that may be a template.
        case templateURL
        /// `host:port`.
        case hostPort
        case texts
        case textMap
        /// Anything.
        case tree
        /// Anything that has keys.
        case treeMap
        case fields(ConfigurationSchema)
        case list(ConfigurationSchema)
        /// A template, or a section with it.
        case textOrFields(ConfigurationSchema)
        /// What this program does not use.
        case ignored
    }

    package struct Field: Sendable {
        package var name: String
        package var kind: Kind
        package var value: ConfigurationValue?

        package init(name: String, kind: Kind, value: ConfigurationValue? = nil) {
            self.name = name
            self.kind = kind
            self.value = value
        }
    }

    /// The section's name in errors.
    package var goType: String
    package var fields: [Field]
    /// What the elements of a list of such sections are in errors, if not ``goType``.
    package var listName: String?
    /// Refuses values that contradict each other, and completes them.
    package typealias Validation = @Sendable (inout FieldValues) throws(NotifierConfigurationError) -> Void

    /// What is checked after reading; nil if there is nothing more to check.
    package var validate: Validation?

    package init(
        _ goType: String, _ fields: [Field], listName: String? = nil,
        validate: Validation? = nil
    ) {
        self.listName = listName
        self.goType = goType
        self.fields = fields
        self.validate = validate
    }

    /// The values of a section that sets nothing.
    package var defaults: FieldValues {
        var values = FieldValues()
        for field in fields { values[field.name] = field.value }
        return values
    }

    package func field(_ name: String) -> Field? { fields.first { $0.name == name } }
}

extension ConfigurationSchema.Field {
    static func texts(_ names: String...) -> [Self] { names.map { Self(name: $0, kind: .text) } }
    static func text(_ name: String, _ value: String) -> Self { Self(name: name, kind: .text, value: .text(value)) }
    static func flag(_ name: String, _ value: Bool = false) -> Self {
        Self(name: name, kind: .flag, value: .flag(value))
    }
    static func of(_ kind: ConfigurationSchema.Kind, _ names: String...) -> [Self] {
        names.map { Self(name: $0, kind: kind) }
    }
}

/// Throws `text` if it is wrong that `condition` holds.
func refuse(
    _ condition: Bool, _ text: @autoclosure () -> String, line: Int? = nil
) throws(NotifierConfigurationError) {
    if condition { throw NotifierConfigurationError(text(), line: line) }
}

extension FieldValues {
    /// Refuses that both a value and a file with it are given.
    func refuseBoth(_ name: String, _ other: String) throws(NotifierConfigurationError) {
        try refuse(has(name) && has(other), "at most one of \(name) & \(other) must be configured")
    }
}
