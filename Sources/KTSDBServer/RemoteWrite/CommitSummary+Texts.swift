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
        case .tooOld: "out of bounds: timestamp is too old"
        case .tooFarInFuture: "out of bounds: timestamp is too far in the future"
        case .seriesLimit, .invalidLabels, .labelLimit, .staleSeriesID, .invalidHistogram, .foreignSeriesID: rawValue
        }
    }
}
