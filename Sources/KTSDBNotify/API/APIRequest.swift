/// A request to version 2 of Alertmanager's API, as a client sent it.
package struct APIRequest: Sendable {
    /// `GET`, `POST`.
    package var method: String
    /// The path after `/api/v2`, such as `/alerts`, still percent-encoded.
    package var path: String
    /// What follows the question mark, still percent-encoded; empty without one.
    package var query: String
    /// The value of the header `Content-Type`; nil without it.
    package var contentType: String?
    /// The value of the header `Accept`; nil without it.
    package var accept: String?
    package var body: [UInt8]

    package init(
        method: String, path: String, query: String = "", contentType: String? = nil, accept: String? = nil,
        body: [UInt8] = []
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.contentType = contentType
        self.accept = accept
        self.body = body
    }

    /// The largest body that is read, in bytes.
    package static let bodyByteLimit = 32 << 20
    /// How many JSON values a body may have: names do not count.
    package static let valueCountLimit = 2_000_000
    /// How many parameters a query may have.
    package static let parameterCountLimit = 1000
}

extension APIRequest {
    /// The parameters of the query in order, decoded. Malformed ones are left out, as Go does it.
    var parameters: [(name: String, value: String)] {
        var result: [(name: String, value: String)] = []
        for part in query.utf8.split(separator: UInt8(ascii: "&")).prefix(Self.parameterCountLimit) {
            let equals = part.firstIndex(of: UInt8(ascii: "=")) ?? part.endIndex
            guard !part.contains(UInt8(ascii: ";")),
                let name = try? PercentCoding.queryDecoded(Array(part[..<equals])),
                let value = try? PercentCoding.queryDecoded(Array(part[equals...].dropFirst()))
            else { continue }
            result.append((String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self)))
        }
        return result
    }

    /// The parts of the path, decoded, without those that are empty.
    var pathParts: [String] {
        path.utf8.split(separator: UInt8(ascii: "/")).map { part in
            // A plus sign is itself in a path.
            let bytes = part.flatMap { $0 == UInt8(ascii: "+") ? Array("%2B".utf8) : [$0] }
            return String(decoding: (try? PercentCoding.queryDecoded(bytes)) ?? Array(part), as: UTF8.self)
        }
    }
}
