internal import KTSDBModel
internal import Synchronization

extension Database {
    /// Changes the limits on groups of series. Series in memory stay, whatever the new limits are; what was refused and
    /// what was new today is counted on under limits of the same name. Holds up appends for some 200 ns a series.
    public func setSeriesLimits(_ limits: [SeriesLimit]) { head.series.withLock { $0.setLimits(limits) } }

    /// Returns what each limit on groups of series has counted, with the `count` groups that had the most new series
    /// today. Costs a walk over all groups.
    public func seriesLimitStatistics(largest count: Int = 10) -> [SeriesLimitStatistics] {
        head.series.withLock { $0.groups.statistics(largest: count, now: configuration.wallClock()) }
    }
}
