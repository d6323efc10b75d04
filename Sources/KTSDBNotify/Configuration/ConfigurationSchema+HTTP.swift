extension ConfigurationSchema {
    /// `tls_config`.
    package static let tls = ConfigurationSchema(
        "config.plain",
        Field.texts("ca", "cert") + Field.of(.secret, "key")
            + Field.texts(
                "ca_file", "cert_file", "key_file", "ca_ref", "cert_ref", "key_ref", "server_name", "min_version",
                "max_version") + [Field.flag("insecure_skip_verify")]
    ) { values throws(NotifierConfigurationError) in
        for name in ["ca", "cert", "key"] {
            let isTwice = [name, name + "_file", name + "_ref"].count { values.has($0) } > 1
            try refuse(isTwice, "at most one of \(name), \(name)_file & \(name)_ref must be configured")
        }
        let hasCertificate = values.has("cert") || values.has("cert_file") || values.has("cert_ref")
        let hasKey = values.has("key") || values.has("key_file") || values.has("key_ref")
        try refuse(
            hasCertificate && !hasKey,
            "exactly one of key or key_file must be configured when a client certificate is configured")
        try refuse(
            hasKey && !hasCertificate,
            "exactly one of cert or cert_file must be configured when a client key is configured")
    }

    private static let basicAuthentication = ConfigurationSchema(
        "config.BasicAuth",
        Field.texts("username", "username_file", "username_ref", "password_file", "password_ref")
            + Field.of(.secret, "password"))

    private static let authorization = ConfigurationSchema(
        "config.Authorization",
        Field.texts("type", "credentials_file", "credentials_ref") + Field.of(.secret, "credentials"))

    private static let proxy =
        Field.texts("proxy_url", "no_proxy") + [Field.flag("proxy_from_environment")]
        + Field.of(.ignored, "proxy_connect_header")

    private static let oauth2 = ConfigurationSchema(
        "config.plain",
        Field.texts("client_id", "client_secret_file", "client_secret_ref", "token_url", "grant_type")
            + Field.texts(
                "client_certificate_key_id", "client_certificate_key_file", "client_certificate_key_ref", "iss",
                "audience", "signature_algorithm") + Field.of(.secret, "client_secret", "client_certificate_key")
            + Field.of(.texts, "scopes") + Field.of(.textMap, "endpoint_params") + Field.of(.ignored, "claims")
            + Field.of(.fields(tls), "tls_config") + proxy)

    /// `http_config`.
    package static let http = ConfigurationSchema(
        "config.plain",
        Field.of(.fields(basicAuthentication), "basic_auth") + Field.of(.fields(authorization), "authorization")
            + Field.of(.fields(oauth2), "oauth2") + Field.of(.secret, "bearer_token") + Field.texts("bearer_token_file")
            + Field.of(.fields(tls), "tls_config") + proxy + Field.of(.ignored, "http_headers")
            + [Field.flag("follow_redirects", true), Field.flag("enable_http2", true)],
        validate: validateHTTP)

    private static let validateHTTP: Validation = { values throws(NotifierConfigurationError) in
        try refuse(
            values.has("bearer_token") && values.has("bearer_token_file"),
            "at most one of bearer_token & bearer_token_file must be configured")
        let hasToken = values.has("bearer_token") || values.has("bearer_token_file")
        try refuse(
            hasToken && (values.has("basic_auth") || values.has("oauth2")),
            "at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be configured")
        if let basic = values.fields("basic_auth") { try validateBasic(basic) }
        if let authorization = values.fields("authorization") {
            try validateAuthorization(authorization, values, hasToken: hasToken)
            var complete = authorization
            if !authorization.has("type") { complete["type"] = .text("Bearer") }
            values["authorization"] = .fields(complete)
        } else if hasToken {
            // The old form of the same.
            values["authorization"] = .fields(
                FieldValues([
                    "type": .text("Bearer"), "credentials": values["bearer_token"] ?? .text(""),
                    "credentials_file": values["bearer_token_file"] ?? .text(""),
                ]))
        }
        if let oauth2 = values.fields("oauth2") { try validateOAuth2(oauth2, values) }
        try validateProxy(values)
    }

    private static func validateBasic(_ basic: FieldValues) throws(NotifierConfigurationError) {
        for name in ["username", "password"] {
            let isTwice = [name, name + "_file", name + "_ref"].count { basic.has($0) } > 1
            try refuse(
                isTwice, "at most one of basic_auth \(name), \(name)_file & \(name)_ref must be configured")
        }
    }

    private static func validateAuthorization(
        _ authorization: FieldValues, _ values: FieldValues, hasToken: Bool
    ) throws(NotifierConfigurationError) {
        try refuse(hasToken, "authorization is not compatible with bearer_token & bearer_token_file")
        let isTwice = ["credentials", "credentials_file", "credentials_ref"].count { authorization.has($0) } > 1
        try refuse(isTwice, "at most one of authorization credentials & credentials_file must be configured")
        let type = authorization.text("type").lowercased()
        try refuse(
            type == "basic", "authorization type cannot be set to \"basic\", use \"basic_auth\" instead")
        try refuse(
            values.has("basic_auth") || values.has("oauth2"),
            "at most one of basic_auth, oauth2 & authorization must be configured")
    }

    private static func validateOAuth2(
        _ oauth2: FieldValues, _ values: FieldValues
    ) throws(NotifierConfigurationError) {
        try refuse(
            values.has("basic_auth"), "at most one of basic_auth, oauth2 & authorization must be configured")
        try refuse(!oauth2.has("client_id"), "oauth2 client_id must be configured")
        try refuse(!oauth2.has("token_url"), "oauth2 token_url must be configured")
        let isTwice = ["client_secret", "client_secret_file", "client_secret_ref"].count { oauth2.has($0) } > 1
        try refuse(
            isTwice, "at most one of oauth2 client_secret, client_secret_file & client_secret_ref must be configured")
    }

    private static func validateProxy(_ values: FieldValues) throws(NotifierConfigurationError) {
        let hasURL = values.has("proxy_url"), isFromEnvironment = values.flag("proxy_from_environment")
        try refuse(
            values.has("proxy_connect_header") && !hasURL && !isFromEnvironment,
            "if proxy_connect_header is configured, proxy_url or proxy_from_environment must also be configured")
        try refuse(
            isFromEnvironment && hasURL, "if proxy_from_environment is configured, proxy_url must not be configured")
        try refuse(
            isFromEnvironment && values.has("no_proxy"),
            "if proxy_from_environment is configured, no_proxy must not be configured")
        try refuse(
            !hasURL && values.has("no_proxy"), "if no_proxy is configured, proxy_url must also be configured")
    }
}
