internal import KTSDBModel
internal import NIOCore
internal import NIOHTTP1

/// A page whose parts are still coming.
struct PageAssembly {
    private(set) var head: HTTPResponseHead?
    private var body = ByteBuffer()
    private let limit: Int
    private let sizeHint: Int

    /// A page of at most `limit` bytes; the last one had `sizeHint`.
    init(limit: Int, sizeHint: Int) {
        self.limit = limit
        self.sizeHint = sizeHint
    }

    /// Takes the answer's head.
    mutating func take(_ head: HTTPResponseHead) throws(FetchError) {
        self.head = head
        let announced = head.headers.first(name: "Content-Length").flatMap { Int($0) } ?? 0
        // An announced length is a promise of the target's; no more than the limit is set aside for it.
        body.reserveCapacity(min(max(announced, sizeHint), limit))
        guard announced <= limit else { throw .bodySizeLimit(limit) }
    }

    /// Takes the next bytes of the body.
    mutating func take(_ part: ByteBuffer) throws(FetchError) {
        // What an error answer says does not matter.
        guard head?.status == .ok else { return }
        guard body.readableBytes + part.readableBytes <= limit else { throw .bodySizeLimit(limit) }
        body.writeImmutableBuffer(part)
    }

    /// The page, when the answer has come to its end and was one.
    func finished() throws(FetchError) -> Page {
        guard let head else { throw .failed("the target did not answer") }
        guard head.status == .ok else {
            throw .failed("server returned HTTP status \(head.status.code) \(head.status.reasonPhrase)")
        }
        return Page(body: body, contentType: head.headers.first(name: "Content-Type") ?? "")
    }
}
