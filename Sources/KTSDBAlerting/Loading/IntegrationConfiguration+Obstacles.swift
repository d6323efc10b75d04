internal import KTSDBModel
package import KTSDBNotify
internal import KTSDBScrape

extension IntegrationConfiguration {
    /// Why notifications cannot be brought to this integration; nil if they can.
    package var obstacle: String? {
        guard kind.isDelivered else {
            return "\(kind.key): this version does not deliver to receivers of this kind; use a webhook_configs entry, "
                + "or send the alerts to an Alertmanager"
        }
        if let field = values.secretReference {
            return "\(kind.key): \(field): there is no secret manager; use the field for a file"
        }
        guard let http = values.fields("http_config") else { return nil }
        for section in [http, http.fields("oauth2")].compactMap({ $0 }) {
            let proxy = section.text("proxy_url")
            guard proxy.isEmpty || WebLocation(proxy).map({ ["http", "socks5"].contains($0.scheme) }) ?? false else {
                return "\(kind.key): proxy_url: a proxy's address begins with http:// or socks5://"
            }
        }
        let grant = http.fields("oauth2")?.text("grant_type") ?? ""
        guard ["", "client_credentials"].contains(grant) else {
            return "\(kind.key): oauth2: grant_type \(goQuoted(grant)) is not supported; use client_credentials"
        }
        return nil
    }
}

extension FieldValues {
    /// The first field, in any section, that refers to a secret manager.
    fileprivate var secretReference: String? {
        for name in Self.references where has(name) { return name }
        for section in Self.sections {
            if let found = fields(section)?.secretReference { return section + "." + found }
        }
        return nil
    }

    private static let references = [
        "ca_ref", "cert_ref", "key_ref", "username_ref", "password_ref", "credentials_ref", "client_secret_ref",
        "client_certificate_key_ref",
    ]
    /// The sections of an integration about how it is reached.
    static let sections = ["http_config", "basic_auth", "authorization", "oauth2", "tls_config"]
}
