extension IntegrationConfiguration {
    /// Fills in fields that are not set from the global values.
    mutating func complete(from global: FieldValues) throws(NotifierConfigurationError) {
        let definition = kind.definition
        // For some kinds, Alertmanager reads an empty entry as one that sets no fields.
        try refuse(isMissing && !definition.allowsEmptyEntry, "missing \(kind.rawValue) config")
        let own = values.fields("http_config")
        if kind != .email { values.inherit("http_config", from: global, "http_config") }
        try definition.complete(&values, from: global, own: own)
    }
}
