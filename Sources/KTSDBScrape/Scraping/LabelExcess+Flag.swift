package import KTSDBModel

extension LabelExcess.Limit {
    /// The flag of the server that sets the limit.
    package var flag: String {
        switch self {
        case .labelsPerSeries: "--storage.limit.labels-per-series"
        case .nameBytes: "--storage.limit.label-name-bytes"
        case .valueBytes: "--storage.limit.label-value-bytes"
        case .seriesBytes: "--storage.limit.series-label-bytes"
        }
    }
}
