internal import PrometheusWire

/// The credentials in a header `Authorization`.
enum Credentials {
    case basic(name: String, password: [UInt8])
    case bearer(String)

    /// The longest header that is read, in bytes.
    private static let limit = 8 << 10

    /// Reads the header's value; nil if it is malformed or of another kind.
    init?(_ header: String) {
        guard header.utf8.count <= Self.limit, let blank = header.firstIndex(of: " ") else { return nil }
        let value = header[header.index(after: blank)...]
        switch header[..<blank].lowercased() {
        case "bearer": self = .bearer(String(value.drop { $0 == " " }))
        case "basic":
            guard let bytes = Base64.standard.decoded(String(value)),
                let colon = bytes.firstIndex(of: UInt8(ascii: ":"))
            else { return nil }
            self = .basic(
                name: String(decoding: bytes[..<colon], as: UTF8.self), password: Array(bytes[(colon + 1)...]))
        default: return nil
        }
    }
}
