/// Decides what retention may do at a moment: how far back samples are shown, and which blocks may be removed.
///
/// A wrong clock must not cost data, and a clock that is wrong from the start looks just like that of a machine that
/// was off for a while. So two things are watched. While the process runs, the wall clock is compared with the one that
/// only goes forward: when they differ by more than ``tolerance``, retention pauses. And the *age limit*, wall clock
/// less retention, is compared from one moment to the next and from one opening to the next: when it leaps by more than
/// that (an opening after a long time, or with a wrong clock; a shorter retention), blocks are removed slowly: one
/// block, or a tenth of all blocks, after an hour and again each hour, until no old ones are left.
///
/// It is pure: it is given readings and the stock of blocks, and returns a decision. Whoever acts on the decision
/// reports that with ``didRemove(at:)``. All times are in milliseconds.
struct RetentionClock {
    /// Both clocks at one moment.
    struct Reading {
        /// The wall clock, since the Unix epoch; may jump.
        var wall: Int64
        /// The clock that only goes forward, since some unknown moment, also while the machine sleeps.
        var monotonic: Int64
    }

    /// What is stored now.
    struct Stock {
        var blocks: [BlockSummary] = []
        /// The earliest sample that is in no block; `Int64.max` without such samples.
        var earliestInMemory = Int64.max
        /// The newest sample of all; `Int64.min` without samples.
        var newest = Int64.min
    }

    /// What may be done.
    struct Decision: Equatable {
        /// Samples before this time are too old and are not shown. nil shows everything.
        var horizon: Int64?
        /// The blocks that may be removed now, the oldest first.
        var removals: [UInt64] = []
        /// The number of blocks that are too old, including those that have to wait.
        var expiredBlocks = 0
    }

    /// The state of retention at the moment.
    enum Phase: Hashable {
        case steady
        /// Old blocks are removed slowly.
        case catchingUp
        /// The wall clock has jumped by this many milliseconds, relative to the clock that only goes forward.
        case paused(by: Int64)
    }

    /// Clocks are often set by less than this without anybody noticing; time zones and summer time do not affect them.
    static let tolerance: Int64 = 3_600_000
    /// The time between two removals while catching up.
    static let interval: Int64 = 3_600_000
    /// If clocks drift apart over a longer time than this, it is not a jump.
    private static let memory: Int64 = 24 * 3_600_000

    private(set) var phase = Phase.steady
    /// When the two clocks last agreed.
    private var anchor: Reading?
    /// Whether the clock was earlier than the stored samples when the database was opened: machines without a battery
    /// start like that, and the jump to the right time is no reason to pause.
    private var startedBehind = false
    /// The age limit up to which everything has been removed, and when that was last true.
    private var settled: (limit: Int64, monotonic: Int64?)?
    /// When the next removal is allowed, while catching up and while there is something to remove.
    private var nextRemoval: Int64?

    /// - Parameter settledLimit: The value of ``settledLimit`` before the last opening.
    init(settledLimit: Int64? = nil) {
        settled = settledLimit.map { ($0, nil) }
    }

    /// The age limit up to which everything has been removed; nil until that is known.
    var settledLimit: Int64? { settled?.limit }

    /// Looks at the clocks and at what is stored, and returns a decision. Without a retention nothing is too old, but
    /// the clocks are watched all the same.
    mutating func observe(_ reading: Reading, retention: Int64?, _ stock: Stock) -> Decision {
        guard watch(reading, newest: stock.newest) else { return Decision() }
        guard let retention, stock.newest != .min else {
            phase = .steady
            return Decision()
        }
        // The limit follows the clock alone; the horizon is never later than the newest sample allows. No sample moves
        // the horizon ahead of the clock, and if no samples arrive, nothing is removed.
        let limit = Self.difference(reading.wall, retention)
        let horizon = min(limit, Self.difference(stock.newest, retention))
        let expired = Self.expired(stock, before: horizon)
        if isSettled(stock, limit) || isInStep(limit, reading) {
            phase = .steady
            settled = (limit, reading.monotonic)
            nextRemoval = nil
            return Decision(horizon: horizon, removals: expired, expiredBlocks: expired.count)
        }
        phase = .catchingUp
        var decision = Decision(horizon: horizon, expiredBlocks: expired.count)
        if expired.isEmpty {
            nextRemoval = nil
        } else if let nextRemoval {
            if reading.monotonic >= nextRemoval {
                decision.removals = Array(expired.prefix(max(1, stock.blocks.count / 10)))
            }
        } else {
            nextRemoval = reading.monotonic + Self.interval
        }
        return decision
    }

    /// Records that what a decision allowed has been removed.
    mutating func didRemove(at reading: Reading) {
        if phase == .catchingUp { nextRemoval = reading.monotonic + Self.interval }
    }

    /// Records that the clock is right as it is, and so is the retention: whatever is too old by them may be removed at
    /// once.
    mutating func confirm(_ reading: Reading, retention: Int64?) {
        anchor = reading
        startedBehind = false
        phase = .steady
        nextRemoval = nil
        if let retention { settled = (Self.difference(reading.wall, retention), reading.monotonic) }
    }

    // MARK: The two clocks

    /// Compares the two clocks; false while they disagree.
    private mutating func watch(_ reading: Reading, newest: Int64) -> Bool {
        guard let anchor else {
            begin(reading, newest)
            return true
        }
        let distance = Self.difference(
            Self.difference(reading.wall, anchor.wall), Self.difference(reading.monotonic, anchor.monotonic))
        if distance.magnitude > UInt64(Self.tolerance) {
            guard distance > 0, startedBehind else {
                phase = .paused(by: distance)
                return false
            }
            begin(reading, newest)
        } else if reading.monotonic - anchor.monotonic >= Self.memory {
            self.anchor = reading
            startedBehind = false
        }
        return true
    }

    private mutating func begin(_ reading: Reading, _ newest: Int64) {
        anchor = reading
        startedBehind = newest != .min && reading.wall < Self.difference(newest, Self.tolerance)
    }

    // MARK: The age limit

    /// Whether nothing is left that is older than the limit, by the clock alone.
    private func isSettled(_ stock: Stock, _ limit: Int64) -> Bool {
        stock.earliestInMemory >= limit && !stock.blocks.contains { $0.maxTime < limit }
    }

    /// Whether the limit is where it should be, or earlier, given the time that has passed since everything was in
    /// order.
    private func isInStep(_ limit: Int64, _ reading: Reading) -> Bool {
        guard let settled else { return false }
        let passed = settled.monotonic.map { reading.monotonic - $0 } ?? 0
        return Self.difference(limit, settled.limit) <= passed + Self.tolerance
    }

    /// Returns the blocks that are too old, the oldest first. The newest one stays until there is a newer sample.
    private static func expired(_ stock: Stock, before horizon: Int64) -> [UInt64] {
        stock.blocks.filter { $0.maxTime < horizon && $0.maxTime < stock.newest }
            .sorted { ($0.maxTime, $0.number) < ($1.maxTime, $1.number) }.map(\.number)
    }

    private static func difference(_ left: Int64, _ right: Int64) -> Int64 {
        let (difference, overflow) = left.subtractingReportingOverflow(right)
        return overflow ? (left < 0 ? .min : .max) : difference
    }
}
