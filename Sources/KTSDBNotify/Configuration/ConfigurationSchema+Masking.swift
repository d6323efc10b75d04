extension ConfigurationSchema {
    /// What is shown instead of a secret.
    package static let mask = "<secret>"

    /// Returns the values of a section with all secrets replaced, for answers and logs.
    package func masked(_ values: FieldValues) -> FieldValues {
        var result = values
        for field in fields {
            guard let value = values[field.name] else { continue }
            result[field.name] = Self.masked(value, field.kind)
        }
        return result
    }

    private static func masked(_ value: ConfigurationValue, _ kind: Kind) -> ConfigurationValue {
        switch (kind, value) {
        case (.secret, .text(let text)), (.secretURL, .text(let text)), (.templateURL, .text(let text)):
            .text(text.isEmpty ? "" : mask)
        case (.fields(let schema), .fields(let fields)): .fields(schema.masked(fields))
        case (.list(let schema), .list(let list)): .list(list.map(schema.masked))
        default: value
        }
    }
}
