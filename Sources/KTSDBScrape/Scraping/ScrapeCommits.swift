internal import KTSDBEngine
internal import Logging

/// Commits the batches of one target; counts the samples that the database refuses, and logs each reason once.
struct ScrapeCommits {
    let database: Database
    let counters: ScrapeCounters
    let logger: Logger
    let url: String
    private var log = RepeatedEvents()

    init(_ database: Database, of target: Target, counters: ScrapeCounters, logger: Logger) {
        self.database = database
        self.counters = counters
        self.logger = logger
        url = target.url
    }

    /// Commits a batch; returns how many samples were refused and why, or nil if nothing was stored.
    mutating func append(_ body: (inout Batch) -> Void) -> [RejectionReason: Int]? {
        do throws(AppendError) {
            let summary = try database.append(body)
            counters.outage.end()
            counters.count(summary)
            logRefusals(summary.rejections)
            return summary.rejections
        } catch {
            switch error {
            // The database logs these by itself.
            case .unavailable, .notDurable, .closed, .diskFull:
                logger.debug("samples of \(url) are not stored: \(error)")
            default: if counters.outage.begin() { logger.error("scraped samples cannot be stored: \(error)") }
            }
            if case .notDurable = error { return [:] }
            counters.update { $0.unstored += 1 }
            return nil
        }
    }

    private mutating func logRefusals(_ rejections: [RejectionReason: Int]) {
        if rejections.isEmpty { return log.nothingHappened() }
        for (reason, count) in rejections where reason != .staleSeriesID && log.isNew(reason.rawValue) {
            logger.warning("samples of \(url) were refused: \(reason.rawValue)", metadata: ["count": "\(count)"])
        }
    }
}
