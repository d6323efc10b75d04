internal import KTSDBEngine

/// The next step of a scrape: a pure function of the content of the body and the outcome of its batch.
enum ScrapeStep: Hashable {
    /// Store the body that was read, in a batch.
    case store
    /// Forget the series, read the body once more and look all of them up.
    case reread
    /// Forget the series; the next body creates them again.
    case forget
    /// The scrape is done.
    case finish

    /// The condition of a target's series after a body was read or stored.
    struct Series: Hashable {
        /// How many metrics have changed their type.
        var changedKinds = 0
        /// Whether refused bodies brought so many new series that they must not be kept.
        var isOvergrown = false
        /// Whether there are many more groups of start times than series. Groups stay when their series are gone.
        var hasStrayGroups = false
        /// Whether more than a minute has passed since the series were last forgotten, so that a cause that recurs
        /// costs little.
        var mayForget = true
    }

    /// Returns the step after reading. The series of a metric whose type has changed are different ones: they get new
    /// labels, and the old ones end.
    static func afterReading(_ series: Series) -> ScrapeStep {
        series.changedKinds > 0 && series.mayForget ? .reread : .store
    }

    /// Returns the step after a batch. `rejections` counts its refused samples; nil if the batch was not stored.
    static func afterStoring(_ rejections: [RejectionReason: Int]?, _ series: Series) -> ScrapeStep {
        // Series ids from a failed batch are worthless.
        guard let rejections else { return .forget }
        // Series have left memory since the last scrape, as after a long pause. Samples that are stored already are not
        // stored twice.
        if rejections[.staleSeriesID] != nil { return .reread }
        if series.isOvergrown { return .forget }
        // There may be room later for the series that were refused.
        let isOutdated =
            rejections[.seriesLimit] != nil || rejections[.memoryLimit] != nil
            || rejections[.seriesGroupLimit] != nil || rejections[.dailySeriesLimit] != nil || series.hasStrayGroups
        return isOutdated && series.mayForget ? .forget : .finish
    }
}
