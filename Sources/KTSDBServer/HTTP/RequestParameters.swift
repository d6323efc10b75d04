internal import HTTPTypes
internal import Hummingbird
internal import KTSDBModel
internal import PrometheusWire

/// The parameters of a request: first those of a form in the body, then those of the URL, and after them those of a
/// multipart form.
package struct RequestParameters: Hashable {
    private var pairs: [(name: String, value: String)]
    /// The first malformed part of the text; malformed parts are left out.
    package private(set) var problem: String?
    /// The problem with the first name or value that is not UTF-8, for which the request is refused.
    package private(set) var invalidText: String?

    /// The most parameters of a request, in its form and its URL together.
    package static let mostParameters = 10_000
    /// Whether the request has more parameters than that; the rest is left out.
    package private(set) var hasTooMany = false

    /// The longest form that is read, in bytes.
    package static let longestForm = 10 << 20

    /// Longer forms, in bytes, are parsed by a worker: each megabyte takes some ten milliseconds.
    private static let shortForm = 64 << 10

    /// Reads the parameters of `request`; a form may be in the body of a POST or PUT.
    /// - Throws: An error that is answered with 400 if one of them is not UTF-8.
    init(_ request: Request) async throws {
        let mayHaveForm = request.method == .post || request.method == .put
        let type = HeaderValue(mayHaveForm ? request.headers[.contentType] ?? "" : "")
        let isForm = ["application/x-www-form-urlencoded", "multipart/form-data"].contains(type.name)
        let form = isForm ? try await Self.formBody(request) : ByteBuffer()
        let query = request.uri.query, path = request.uri.path
        guard form.readableBytes > Self.shortForm else {
            self = try RequestParameters(form, type, query: query, path: path)
            return
        }
        self = try await WorkerThreads.answers.run { try RequestParameters(form, type, query: query, path: path) }
    }

    /// Reads a form of this type, if it is one, and the query of the URL.
    private init(_ form: ByteBuffer, _ type: HeaderValue, query: String?, path: String) throws {
        self.init(form: "")
        let isMultipart = type.name == "multipart/form-data"
        if !isMultipart { add(form.readableBytesView) }
        if let query { add(query.utf8) }
        if isMultipart {
            guard let boundary = type.parameters["boundary"], !boundary.isEmpty else {
                throw APIError(.badData, "error parsing form values: no multipart boundary param in Content-Type")
            }
            for field in try MultipartForm.fields(Array(form.readableBytesView), boundary: boundary) {
                add(field.name, field.value)
            }
        }
        guard !hasTooMany else { throw APIError.tooManyParameters }
        guard let invalidText else { return }
        if path.contains("/api/") { throw APIError(.badData, invalidText) }
        throw PlainError(.badRequest, invalidText + "\n")
    }

    private static func formBody(_ request: Request) async throws -> ByteBuffer {
        if let coding = request.headers[.contentEncoding], coding.lowercased() != "identity" {
            throw PlainError(
                .unsupportedMediaType, "\(coding) encoding (compression) of forms is not accepted by this server\n")
        }
        return try await RequestBytes.read(request, limit: longestForm)
    }

    /// Reads parameters written as `a=1&b=2`, percent-encoded, with a plus sign for a blank.
    package init(form: String) {
        pairs = []
        add(form.utf8)
    }

    private mutating func add(_ form: some Collection<UInt8>) {
        var rest = form[...]
        while !rest.isEmpty {
            let part = rest.prefix { $0 != UInt8(ascii: "&") }
            rest = rest[part.endIndex...].dropFirst()
            if part.isEmpty { continue }
            guard pairs.count < Self.mostParameters else { return hasTooMany = true }
            let equals = part.firstIndex(of: UInt8(ascii: "=")) ?? part.endIndex
            guard let name = PercentEncoding.decode(part[..<equals], plusIsBlank: true),
                let value = PercentEncoding.decode(part[equals...].dropFirst(), plusIsBlank: true)
            else {
                problem = problem ?? "invalid URL escape in \(goQuoted(String(decoding: part, as: UTF8.self)))"
                continue
            }
            guard let nameText = String(validating: name, as: UTF8.self),
                let valueText = String(validating: value, as: UTF8.self)
            else {
                let place = goQuoted(String(decoding: name.prefix(100), as: UTF8.self))
                invalidText = invalidText ?? "invalid parameter \(place): it is not UTF-8"
                continue
            }
            pairs.append((nameText, valueText))
        }
    }

    private mutating func add(_ name: String, _ value: String) {
        guard pairs.count < Self.mostParameters else { return hasTooMany = true }
        pairs.append((name, value))
    }

    /// The first value of `name`; empty if the parameter is missing.
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
    /// Reads the whole body into one buffer that has the announced size from the start.
    /// - Throws: ``PlainError`` if the body is longer than `limit` bytes.
    static func read(_ request: Request, limit: Int) async throws -> ByteBuffer {
        let announced = request.headers[.contentLength].flatMap { Int($0) } ?? 0
        guard announced <= limit else { throw PlainError.bodyTooLarge }
        var body = ByteBuffer()
        for try await part in request.body {
            guard body.readableBytes + part.readableBytes <= limit else { throw PlainError.bodyTooLarge }
            guard body.readableBytes > 0 else {
                body = part
                // Memory for the announced length is reserved only once some of the body has arrived.
                if announced > part.readableBytes { body.reserveCapacity(announced) }
                continue
            }
            body.writeImmutableBuffer(part)
        }
        return body
    }
}
