internal import KTSDBConfiguration
internal import KTSDBModel
internal import KTSDBNotify
internal import KTSDBScrape

extension LoadedNotifierConfiguration {
    /// Reads the certificates and keys that the receivers' `http_config` name, once: Alertmanager refuses a
    /// configuration without them, and a receiver that cannot be reached would be found out with the first alert.
    /// - Throws: ``ConfigurationError`` with the line of the integration and the name of the field.
    static func checkCertificates(_ receivers: [Receiver], _ file: String) throws(ConfigurationError) {
        for receiver in receivers {
            for integration in receiver.integrations {
                guard let http = integration.values.fields("http_config") else { continue }
                do { _ = try HTTPClientSettings(http).tls.makeConfiguration() } catch {
                    throw ConfigurationError(
                        file: file, line: integration.line,
                        reason: "receiver \(goQuoted(receiver.name)): \(integration.kind.key): \(error)")
                }
            }
        }
    }
}
