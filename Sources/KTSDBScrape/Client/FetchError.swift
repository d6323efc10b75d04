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
        case .bodySizeLimit(BodyLimits.usualBytes):
            "body size limit exceeded (limit: \(BodyLimits.usualBytes) bytes; body_size_limit allows more)"
        case .bodySizeLimit(let limit): "body size limit exceeded (limit: \(limit) bytes)"
        case .cancelled: "the request was cancelled"
        }
    }
}
