internal import KTSDBModel
package import NIOCore

/// The answer of a target: a scrape body and its type.
package struct ScrapeBody: Sendable {
    /// The body, decompressed.
    package var bytes: ByteBuffer
    /// The header `Content-Type`; empty if it is missing.
    package var contentType: String
    /// The part of the shared memory that the body has taken.
    var share: BodyShare?

    package init(bytes: ByteBuffer, contentType: String) {
        self.bytes = bytes
        self.contentType = contentType
    }

    init(bytes: ByteBuffer, contentType: String, share: BodyShare?) {
        self.init(bytes: bytes, contentType: contentType)
        self.share = share
    }
}

/// Fetches the bodies of one target.
package protocol BodySource: Sendable {
    /// Fetches the current body; `sizeHint` is the length of the previous one in bytes.
    func fetch(sizeHint: Int) async throws(FetchError) -> ScrapeBody

    /// Why ``fetch(sizeHint:)`` could not send a request now, for example because a file is missing; nil if it could.
    var obstacle: FetchError? { get async }
}

extension BodySource {
    package var obstacle: FetchError? { get async { nil } }
}
