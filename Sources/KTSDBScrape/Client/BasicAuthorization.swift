internal import PrometheusWire

/// The header `Authorization` with a name and a password (RFC 7617).
package enum BasicAuthorization {
    /// Returns the header's value: `Basic ` and both in base 64.
    package static func header(name: String, password: String) -> String {
        "Basic " + Base64.standard.encoded(Array("\(name):\(password)".utf8))
    }
}
