internal import KTSDBModel
package import NIOCore

/// What a target answered.
package struct Page: Sendable {
    /// The body, decompressed.
    package var body: ByteBuffer
    /// The header `Content-Type`, empty if there is none.
    package var contentType: String

    package init(body: ByteBuffer, contentType: String) {
        self.body = body
        self.contentType = contentType
    }
}

/// Why there is no page.
package enum FetchError: Error, Hashable, Sendable, CustomStringConvertible {
    /// No connection, no answer in time, an answer that breaks off, a status other than 200.
    case failed(String)
    /// The page is larger than the limit.
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

/// Fetches the pages of one target.
package protocol PageSource: Sendable {
    /// Fetches the page as it is now; `sizeHint` is how many bytes it had the last time.
    func fetch(sizeHint: Int) async throws(FetchError) -> Page

    /// What would keep ``fetch(sizeHint:)`` from asking at all, as far as that is known now: a file that is not there.
    var obstacle: FetchError? { get }
}

extension PageSource {
    package var obstacle: FetchError? { nil }
}
