/// Fields that several kinds share.
extension IntegrationDefinition {
    /// Returns the fields that all integrations have.
    static func common(sendsResolved: Bool) -> [Field] {
        [.flag("send_resolved", sendsResolved)] + Field.of(.fields(ConfigurationSchema.http), "http_config")
    }

    /// Returns fields whose defaults are the templates `KIND.default.NAME`.
    static func templates(_ kind: String, _ names: [(field: String, template: String)]) -> [Field] {
        names.map { .text($0.field, "{{ template \"\(kind).default.\($0.template)\" . }}") }
    }

    /// The fields for the address of a webhook, which is given directly or in a file.
    static var hook: [Field] { Field.of(.secretURL, "webhook_url") + Field.texts("webhook_url_file") }

    static func validateHook(_ values: inout FieldValues) throws(NotifierConfigurationError) {
        try refuse(
            !values.has("webhook_url") && !values.has("webhook_url_file"),
            "one of webhook_url or webhook_url_file must be configured")
        try values.refuseBoth("webhook_url", "webhook_url_file")
    }

    static func refuseMissingHook(_ values: FieldValues, _ kind: String) throws(NotifierConfigurationError) {
        try refuse(
            !values.has("webhook_url") && !values.has("webhook_url_file"),
            "no \(kind) webhook URL or URLFile provided")
    }
}
