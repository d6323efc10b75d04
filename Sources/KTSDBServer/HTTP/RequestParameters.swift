internal import HTTPTypes
internal import Hummingbird
internal import KTSDBModel
internal import PrometheusWire

/// The parameters of a request: those of a form in the body first, then those of the URL.
package struct RequestParameters: Hashable {
    private var pairs: [(name: String, value: String)]
    /// What of the text is no form; such parts are left out.
    package private(set) var problem: String?

    /// The most parameters that a request may have, those of its form and its URL together.
    package static let mostParameters = 10_000
    /// Whether there are more; those are left out.
    package private(set) var hasTooMany = false

    /// The longest form that is read.
    package static let longestForm = 10 << 20

    /// Reads the parameters of `request`; a form may stand in the body of a POST or PUT.
    init(_ request: Request) async throws {
        self.init(form: "")
        if request.method == .post || request.method == .put, let type = request.headers[.contentType],
            type.prefix(while: { $0 != ";" }).lowercased() == "application/x-www-form-urlencoded"
        {
            let body = try await RequestBytes.read(request, limit: Self.longestForm)
            add(String(decoding: body.readableBytesView, as: UTF8.self))
        }
        if let query = request.uri.query { add(query) }
        guard !hasTooMany else { throw APIError.tooManyParameters }
    }

    /// Reads parameters that stand as `a=1&b=2`, percent-encoded, a plus sign for a blank.
    package init(form: String) {
        pairs = []
        add(form)
    }

    private mutating func add(_ form: String) {
        var rest = form.utf8[...]
        while !rest.isEmpty {
            let part = rest.prefix { $0 != UInt8(ascii: "&") }
            rest = rest[part.endIndex...].dropFirst()
            if part.isEmpty { continue }
            guard pairs.count < Self.mostParameters else { return hasTooMany = true }
            let equals = part.firstIndex(of: UInt8(ascii: "=")) ?? part.endIndex
            guard let name = PercentEncoding.decode(part[..<equals], plusIsBlank: true),
                let value = PercentEncoding.decode(part[equals...].dropFirst(), plusIsBlank: true)
            else {
                problem = problem ?? "invalid URL escape in \(quoted(String(Substring(part))))"
                continue
            }
            pairs.append((name, value))
        }
    }

    /// The first value of `name`; empty when there is none.
    package subscript(name: String) -> String { pairs.first { $0.name == name }?.value ?? "" }

    /// All values of `name`.
    package func all(_ name: String) -> [String] { pairs.filter { $0.name == name }.map(\.value) }

    package static func == (left: Self, right: Self) -> Bool {
        left.pairs.elementsEqual(right.pairs, by: ==) && left.problem == right.problem
    }

    package func hash(into hasher: inout Hasher) {
        for pair in pairs { hasher.combine(pair.name) }
    }
}

/// Reads bodies.
enum RequestBytes {
    /// The whole body, in one buffer that has the announced size from the start.
    /// - Throws: ``PlainError`` when the body is longer than `limit` bytes.
    static func read(_ request: Request, limit: Int) async throws -> ByteBuffer {
        let announced = request.headers[.contentLength].flatMap { Int($0) } ?? 0
        guard announced <= limit else { throw PlainError.bodyTooLarge }
        var body = ByteBuffer()
        body.reserveCapacity(announced)
        for try await part in request.body {
            guard body.readableBytes + part.readableBytes <= limit else { throw PlainError.bodyTooLarge }
            body.writeImmutableBuffer(part)
        }
        return body
    }
}
