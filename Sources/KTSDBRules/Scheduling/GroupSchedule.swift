/// When a group is evaluated: at whole multiples of its interval plus the group's offset.
///
/// It only computes times. The caller waits for them.
public struct GroupSchedule: Hashable, Sendable {
    /// The time between evaluations. At least ``shortestInterval``.
    public let interval: Duration
    /// The delay after each whole multiple of the interval. At least zero, and less than the interval.
    public let offset: Duration

    /// The lower bound of intervals. A shorter interval is raised to it, so that a mistake does not keep a processor
    /// busy.
    public static let shortestInterval: Duration = .milliseconds(1)

    /// Creates the schedule of the group with this key.
    public init(_ key: GroupKey, interval: Duration) {
        self.interval = max(interval, Self.shortestInterval)
        offset = key.offset(in: self.interval)
    }

    /// Returns the last evaluation time that is not after `time`.
    public func slot(at time: PreciseTime) -> PreciseTime {
        let moved = time - offset, length = interval.nanoseconds
        return moved - .nanoseconds(floorRemainder(moved.nanoseconds, by: length)) + offset
    }

    /// Returns the first evaluation time of a group that starts at `time`: after `time`, by at most one interval.
    public func first(after time: PreciseTime) -> PreciseTime { slot(at: time) + interval }

    /// The next evaluation of a group.
    public struct Evaluation: Hashable, Sendable {
        /// The time of the evaluation, which it does not start before.
        public var time: PreciseTime
        /// How many evaluations before it were skipped because the group took too long.
        public var missed: Int
    }

    /// Returns the evaluation after the one at `last`, given that the time is `now`.
    ///
    /// It is at the next slot. If later slots have passed as well, it is at the latest of them, because evaluations are
    /// never queued.
    public func next(after last: PreciseTime, at now: PreciseTime) -> Evaluation {
        let passed = max(1, (now - last).nanoseconds / interval.nanoseconds)
        return Evaluation(
            time: last + .nanoseconds(saturatingProduct(passed, interval.nanoseconds)), missed: Int(passed - 1))
    }
}

/// Returns the product of two numbers that are not negative; `Int64.max` on overflow.
private func saturatingProduct(_ left: Int64, _ right: Int64) -> Int64 {
    let (product, overflow) = left.multipliedReportingOverflow(by: right)
    return overflow ? .max : product
}
