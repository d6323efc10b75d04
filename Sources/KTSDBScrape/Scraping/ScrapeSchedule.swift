package import KTSDBModel

/// The times at which a target is scraped: at a fixed offset in every interval, counted from 1970.
package struct ScrapeSchedule: Hashable, Sendable {
    /// Milliseconds between scrapes, at least 1.
    package let interval: Int64
    /// Milliseconds from the start of an interval to the scrape, less than ``interval``.
    package let offset: Int64

    package init(interval: Duration, spread: UInt64) {
        self.interval = max(1, interval.milliseconds)
        offset = Int64(spread % UInt64(self.interval))
    }

    /// Returns the time of the first scrape after `time`.
    package func next(after time: Timestamp) -> Timestamp {
        let phase = (time.milliseconds - offset) % interval
        return Timestamp(milliseconds: time.milliseconds + interval - (phase < 0 ? phase + interval : phase))
    }

    /// Returns the time of the scrape to wait for at `now`, if the last one was due at `last`.
    package func next(after last: Timestamp?, now: Timestamp) -> Timestamp {
        // A loop that wakes a little early sees a `now` before `last`. If it is far before, the clock was set back:
        // start again.
        guard let last, last > now, last.milliseconds - now.milliseconds <= interval else { return next(after: now) }
        return next(after: last)
    }

    /// Returns the timestamp of samples scraped at `now`: the scheduled time, if it is at most 2 ms and at most 1 % of
    /// the interval away. Regular timestamps take next to no space.
    package func aligned(_ now: Timestamp, due: Timestamp) -> Timestamp {
        abs(now.milliseconds - due.milliseconds) <= min(2, interval / 100) ? due : now
    }
}
