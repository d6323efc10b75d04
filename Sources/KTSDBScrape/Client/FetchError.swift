/// Why a request has failed.
package enum FetchError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The connection failed, the answer was late, broke off or had a status other than 200.
    case failed(String)
    /// The body is larger than the limit.
    case bodySizeLimit(Int)
    /// The request was cancelled, so that its answer no longer matters.
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
