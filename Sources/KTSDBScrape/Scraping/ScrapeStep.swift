internal import KTSDBEngine

/// What a scrape does next: a pure function of what the body had and of what became of its batch.
enum ScrapeStep: Hashable {
    /// A batch takes what was read.
    case store
    /// The series are given up, and the body is read once more with all of them looked up.
    case reread
    /// The series are given up; the next body makes them anew.
    case forget
    /// Nothing more.
    case finish

    /// What the series of a target are like when a body was read or stored.
    struct Series: Hashable {
        /// Metrics that are of another type than before.
        var changedKinds = 0
        /// Whether refused bodies brought so many that they must not be kept.
        var isOvergrown = false
        /// Whether groups of start times are many more than series: series come and go, and groups stay.
        var hasStrayGroups = false
        /// Whether the series have not been given up for some time, so that what makes them useless again and again
        /// costs little.
        var mayForget = true
    }

    /// The step after reading. The series of a metric that is of another type now are others: they get their labels
    /// anew, and the old ones end.
    static func afterReading(_ series: Series) -> ScrapeStep {
        series.changedKinds > 0 && series.mayForget ? .reread : .store
    }

    /// The step after a batch, of which these samples were refused; nil when nothing of it was stored.
    static func afterStoring(_ rejections: [RejectionReason: Int]?, _ series: Series) -> ScrapeStep {
        // Ids of a batch that failed are worth nothing.
        guard let rejections else { return .forget }
        // Series have left memory since the last scrape, as after a long pause. What is stored already is not stored
        // twice.
        if rejections[.staleSeriesID] != nil { return .reread }
        if series.isOvergrown { return .forget }
        // There may be room for the series that were kept out some day.
        let isOutdated = rejections[.seriesLimit] != nil || series.hasStrayGroups
        return isOutdated && series.mayForget ? .forget : .finish
    }
}
