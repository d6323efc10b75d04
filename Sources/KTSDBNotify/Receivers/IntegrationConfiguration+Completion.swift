extension IntegrationConfiguration {
    /// Takes what is not set from the global values.
    mutating func complete(from global: FieldValues) throws(NotifierConfigurationError) {
        let definition = kind.definition
        // Alertmanager takes an empty entry of some kinds for one without any values.
        try refuse(isMissing && !definition.allowsEmptyEntry, "missing \(kind.rawValue) config")
        let own = values.fields("http_config")
        if kind != .email { values.inherit("http_config", from: global, "http_config") }
        try definition.complete(&values, from: global, own: own)
    }
}
