internal import KTSDBHTTP
internal import KTSDBModel
internal import NIOCore
internal import NIOHTTP1

/// The head of an answer, as far as the body depends on it.
struct AnswerHead: Sendable {
    var status: Int
    var reason: String
    /// The body's length, if the target announces it.
    var length: Int?
    var contentType: String
    /// The content codings of the body, in the order they were applied; in lowercase.
    var codings: [String]
    /// The header `Location` of an answer that redirects.
    var location: String?

    init(_ head: ResponseHead) {
        status = head.status
        // A status may come without a reason phrase.
        reason = head.reason.isEmpty ? HTTPResponseStatus(statusCode: head.status).reasonPhrase : head.reason
        length = if case .length(let count) = head.framing { count } else { nil }
        contentType = head.fields.first("content-type") ?? ""
        codings = Self.codings(head.fields.values(of: "content-encoding"))
        if status / 100 == 3 { location = head.fields.first("location") }
    }

    init(_ head: HTTPResponseHead) {
        status = Int(head.status.code)
        reason = head.status.reasonPhrase
        length = head.headers.first(name: "Content-Length").flatMap { Int($0) }
        contentType = head.headers.first(name: "Content-Type") ?? ""
        codings = Self.codings(head.headers["Content-Encoding"])
        if status / 100 == 3 { location = head.headers.first(name: "Location") }
    }

    private static func codings(_ values: [String]) -> [String] {
        values.flatMap { $0.split(separator: ",") }.map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
            .filter { !$0.isEmpty && $0 != "identity" }
    }
}

/// A body as it was sent, possibly compressed.
struct PackedBody: Sendable {
    var bytes: ByteBuffer
    var contentType: String
    /// How the body is compressed; nil if it is not.
    var coding: Coding?
    /// The part of the shared memory that the body has taken.
    var share: BodyShare?

    /// The content codings that are understood.
    enum Coding {
        case gzip, zstd

        init?(_ name: String) {
            switch name {
            case "gzip", "x-gzip": self = .gzip
            case "zstd": self = .zstd
            default: return nil
            }
        }
    }
}

/// A body whose parts are still arriving.
struct BodyAssembly: Sendable {
    private(set) var head: AnswerHead?
    private var body = ByteBuffer()
    /// Watches the lines of a body that is not compressed.
    private var lines: LineWatch?
    private let limit: Int
    private let sizeHint: Int
    private var allowance: BodyAllowance

    /// Creates the assembly of a body within `bounds`; the previous body had `sizeHint` bytes.
    init(_ bounds: BodyBounds, sizeHint: Int) {
        limit = bounds.limit
        self.sizeHint = sizeHint
        allowance = BodyAllowance(bounds, sizeHint: sizeHint)
    }

    /// Takes the answer's head.
    mutating func take(_ head: AnswerHead) throws(FetchError) {
        self.head = head
        guard head.status == 200 else { return }
        let announced = head.length ?? 0
        guard announced <= limit else { throw .bodySizeLimit(limit) }
        if head.codings.isEmpty { lines = LineWatch(contentType: head.contentType) }
        // An announced length is only the target's promise; no more than the limit is reserved for it.
        body.reserveCapacity(min(head.codings.isEmpty ? max(announced, sizeHint) : announced, limit))
    }

    /// Takes the next bytes of the body.
    mutating func take(_ part: ByteBuffer) throws(FetchError) {
        // The content of an error answer does not matter.
        guard head?.status == 200 else { return }
        try allowance.admit(body.readableBytes + part.readableBytes)
        try lines?.take(part.readableBytesView)
        body.writeImmutableBuffer(part)
    }

    /// Returns the body once the answer has ended, if it was a successful one.
    func finished() throws(FetchError) -> PackedBody {
        guard let head else { throw .failed("the target did not answer") }
        guard head.status == 200 else {
            throw .failed("server returned HTTP status \(head.status) \(head.reason)")
        }
        let coding = head.codings.first.flatMap(PackedBody.Coding.init)
        guard head.codings.count == (coding == nil ? 0 : 1) else {
            let coding = head.codings.joined(separator: ", ")
            throw .failed(
                "the body has the content coding \(goQuoted(coding)), which was not asked for: gzip and zstd are "
                    + "understood")
        }
        return PackedBody(bytes: body, contentType: head.contentType, coding: coding, share: allowance.share)
    }
}
