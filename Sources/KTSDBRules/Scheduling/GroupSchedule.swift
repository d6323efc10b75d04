/// When a group is evaluated: at whole multiples of its interval, moved by the group's offset.
///
/// All of it is arithmetic: whoever waits asks ``next(after:at:)``.
public struct GroupSchedule: Hashable, Sendable {
    /// How often. At least a millisecond.
    public let interval: Duration
    /// How far after whole multiples of the interval. Less than the interval.
    public let offset: Duration

    /// Shorter intervals count as this one, so that a mistake does not keep a processor busy.
    public static let shortestInterval: Duration = .milliseconds(1)

    /// The schedule of the group with this key.
    public init(_ key: GroupKey, interval: Duration) {
        self.interval = max(interval, Self.shortestInterval)
        offset = key.offset(in: self.interval)
    }

    /// Returns the last evaluation time that is not after `time`.
    public func slot(at time: PreciseTime) -> PreciseTime {
        let moved = time - offset, length = interval.nanoseconds
        return moved - .nanoseconds(floorRemainder(moved.nanoseconds, by: length)) + offset
    }

    /// Returns the first evaluation time of a group that is started at `time`: after it, by at most an interval.
    public func first(after time: PreciseTime) -> PreciseTime { slot(at: time) + interval }

    /// An evaluation to come.
    public struct Evaluation: Hashable, Sendable {
        /// The time that its queries see; it is not evaluated before it.
        public var time: PreciseTime
        /// How many evaluations were left out before it because the group took too long.
        public var missed: Int
    }

    /// Returns the evaluation that follows the one of `last`, if it is `now`.
    ///
    /// That is the next slot; if later ones are past, too, the latest of them: evaluations are never queued.
    public func next(after last: PreciseTime, at now: PreciseTime) -> Evaluation {
        let passed = max(1, (now - last).nanoseconds / interval.nanoseconds)
        return Evaluation(
            time: last + .nanoseconds(saturatingProduct(passed, interval.nanoseconds)), missed: Int(passed - 1))
    }
}

/// Returns the product of two numbers that are not negative; the largest number if it is larger.
private func saturatingProduct(_ left: Int64, _ right: Int64) -> Int64 {
    let (product, overflow) = left.multipliedReportingOverflow(by: right)
    return overflow ? .max : product
}
