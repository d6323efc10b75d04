internal import KTSDBModel
internal import PrometheusWire

/// Why a body is refused as a whole.
struct BodyRefusal: Error, CustomStringConvertible {
    let reason: String
    /// Whether the reason is a series with too many or too long labels.
    var isLabelLimit = false

    var description: String { reason }
}

extension ScrapeJob {
    /// Returns the format of a body with this `Content-Type`.
    func format(of contentType: String) throws(BodyRefusal) -> ExpositionFormat {
        if let format = ExpositionFormat.named(by: contentType) { return format }
        switch fallbackProtocol {
        case .protobuf: return .protobuf
        case .openMetrics100, .openMetrics001: return .openMetrics
        case .text100, .text004: return .text
        case nil: break
        }
        let what =
            contentType.isEmpty
            ? "non-compliant scrape target sending blank Content-Type"
            : MediaType(contentType) == nil
                ? "cannot parse Content-Type \(goQuoted(contentType))"
                : "received unsupported Content-Type \(goQuoted(contentType))"
        throw BodyRefusal(reason: "\(what) and no fallback_scrape_protocol specified for target")
    }
}
