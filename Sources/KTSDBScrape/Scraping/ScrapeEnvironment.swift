internal import KTSDBModel
internal import Logging

/// The environment that all scrape loops share.
struct ScrapeEnvironment: Sendable {
    var clock: any ScrapeClock
    var threads: ScrapeThreads
    var counters: ScrapeCounters
    var logger: Logger
    /// The files of jobs that have one for failed scrapes.
    var failures = ScrapeFailureLogs()
    /// What target sources share.
    var sources: SourceSurroundings
    /// Differs between servers, so that two servers scrape the same targets at different times.
    var seed: UInt64 = 0
}

extension ScrapeCounters {
    func observe(_ length: Duration, interval: String) {
        update { $0.intervalLengths[interval, default: .init()].observe(length.inSeconds) }
    }
}
