internal import KTSDBNotify

/// The fields of the file for `--web.config.file`, with the names of Go's types, which errors in the YAML mention.
enum WebConfigurationSchema {
    private typealias Field = ConfigurationSchema.Field

    static let file = ConfigurationSchema(
        "web.Config",
        [
            Field(name: "tls_server_config", kind: .fields(tls)),
            Field(name: "http_server_config", kind: .fields(http)),
            Field(name: "rate_limit", kind: .fields(rateLimit)), Field(name: "basic_auth_users", kind: .textMap),
        ])

    private static let tls = ConfigurationSchema(
        "web.TLSConfig",
        of(
            .text, "cert", "key", "client_ca", "cert_file", "key_file", "client_auth_type", "client_ca_file",
            "min_version", "max_version") + of(.texts, "cipher_suites", "curve_preferences", "client_allowed_sans")
            + of(.flag, "prefer_server_cipher_suites"))

    private static let http = ConfigurationSchema("web.HTTPConfig", of(.flag, "http2") + of(.textMap, "headers"))

    private static let rateLimit = ConfigurationSchema(
        "web.RateLimiterConfig", of(.integer("int"), "burst") + of(.tree, "interval"))

    private static func of(_ kind: ConfigurationSchema.Kind, _ names: String...) -> [Field] {
        names.map { Field(name: $0, kind: kind) }
    }
}
