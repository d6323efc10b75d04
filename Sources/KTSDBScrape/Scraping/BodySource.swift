internal import KTSDBModel
package import NIOCore

/// The answer of a target: a scrape body and its type.
package struct ScrapeBody: Sendable {
    /// The body, decompressed.
    package var bytes: ByteBuffer
    /// The header `Content-Type`; empty if it is missing.
    package var contentType: String

    package init(bytes: ByteBuffer, contentType: String) {
        self.bytes = bytes
        self.contentType = contentType
    }
}

/// The reason why there is no body.
package enum FetchError: Error, Hashable, Sendable, CustomStringConvertible {
    /// No connection, no answer in time, an answer that breaks off, a status other than 200.
    case failed(String)
    /// The body is larger than the limit.
    case bodySizeLimit(Int)
    /// The target is no longer scraped; its answer does not matter.
    case cancelled

    package var description: String {
        switch self {
        case .failed(let reason): reason
        case .bodySizeLimit(let limit): "body size limit exceeded (limit: \(limit) bytes)"
        case .cancelled: "the scrape was cancelled"
        }
    }
}

/// Fetches the bodies of one target.
package protocol BodySource: Sendable {
    /// Fetches the current body; `sizeHint` is the length of the previous one in bytes.
    func fetch(sizeHint: Int) async throws(FetchError) -> ScrapeBody

    /// The reason, as far as it is known now, why ``fetch(sizeHint:)`` could not even send a request, such as a missing
    /// file.
    var obstacle: FetchError? { get async }
}

extension BodySource {
    package var obstacle: FetchError? { get async { nil } }
}
