internal import KTSDBEngine

extension CommitSummary {
    /// The reasons why samples were refused, in Prometheus' words, and how many were refused for each.
    var rejectionTexts: [(reason: String, count: Int)] {
        RejectionReason.allCases.compactMap { reason in rejections[reason].map { (reason.text, $0) } }
    }
}

extension RejectionReason {
    fileprivate var text: String {
        switch self {
        case .outOfOrder: "out of order sample"
        case .duplicateTimestamp: "duplicate sample for timestamp"
        case .tooOld: "too old sample"
        case .outOfBounds: "out of bounds: timestamp is too old"
        case .tooFarInFuture: "out of bounds: timestamp is too far in the future"
        case .memoryLimit: "no memory for new series (--storage.memory-limit)"
        case .seriesGroupLimit, .dailySeriesLimit:
            "\(rawValue) (series_limits in ktsdb's settings; see /api/v1/status/series_limits)"
        case .seriesLimit, .invalidLabels, .labelLimit, .staleSeriesID, .invalidHistogram, .foreignSeriesID: rawValue
        }
    }
}
