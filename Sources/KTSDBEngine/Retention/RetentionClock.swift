/// Says what retention may do at a moment: how far back samples are shown, and which blocks may go.
///
/// A wrong clock must not cost data, and a clock that is wrong from the start on cannot be told from a machine that was
/// off for a while. So two things are watched. While the process runs, the wall clock beside the one that only goes
/// forward: where they part by more than ``tolerance``, retention pauses. And the *age limit*, wall clock less
/// retention, from one moment to the next and from one start to the next: where it leaps by more than that (a start
/// after a long time, or with a wrong clock; a shorter retention), blocks go slowly: after an hour one, or a tenth of
/// all, and so on each hour, until there are no old ones any more.
///
/// Pure: it is given readings and what there is, and gives a decision. Who acts on it says so with ``didRemove(at:)``.
/// All times are in milliseconds.
struct RetentionClock {
    /// Both clocks at one moment.
    struct Reading {
        /// Since the Unix epoch; may jump.
        var wall: Int64
        /// Since whenever; only goes forward, also while the machine sleeps.
        var monotonic: Int64
    }

    /// What there is to keep.
    struct Stock {
        var blocks: [BlockSummary] = []
        /// The earliest sample that is in no block; `Int64.max` when there is none.
        var earliestInMemory = Int64.max
        /// The newest sample of all; `Int64.min` when there is none.
        var newest = Int64.min
    }

    /// What may be done.
    struct Decision: Equatable {
        /// Samples before this are too old: they are not shown. nil shows all that there is.
        var horizon: Int64?
        /// The blocks that may go now, the oldest first.
        var removals: [UInt64] = []
        /// Blocks that are too old, those among them that have to wait included.
        var expiredBlocks = 0
    }

    /// How retention goes on at the moment.
    enum Phase: Hashable {
        case steady
        /// Old blocks go slowly.
        case catchingUp
        /// The wall clock has left the line by so many milliseconds.
        case paused(by: Int64)
    }

    /// Clocks are set by less than this without anybody noticing; time zones and summer time do not touch them.
    static let tolerance: Int64 = 3_600_000
    /// The time between two removals while catching up.
    static let interval: Int64 = 3_600_000
    /// What clocks part by in a longer time than this is no jump.
    private static let memory: Int64 = 24 * 3_600_000

    private(set) var phase = Phase.steady
    /// Where the two clocks last were in step.
    private var anchor: Reading?
    /// Whether the clock, when the database was opened, was behind what is in it: machines without a battery start so,
    /// and the jump to the right time is no reason to stop.
    private var startedBehind = false
    /// The age limit up to which everything has gone, and when that was so.
    private var settled: (limit: Int64, monotonic: Int64?)?
    /// While catching up and when there is something to remove: when that may be.
    private var nextRemoval: Int64?

    /// - Parameter settledLimit: What ``settledLimit`` was before the last start.
    init(settledLimit: Int64? = nil) {
        settled = settledLimit.map { ($0, nil) }
    }

    /// The age limit up to which everything has gone; nil until that is known.
    var settledLimit: Int64? { settled?.limit }

    /// Looks at the clocks and at what there is. Without a retention nothing is too old; clocks are watched all the
    /// same.
    mutating func observe(_ reading: Reading, retention: Int64?, _ stock: Stock) -> Decision {
        guard watch(reading, newest: stock.newest) else { return Decision() }
        guard let retention, stock.newest != .min else {
            phase = .steady
            return Decision()
        }
        // The clock alone, and never beyond what the newest sample says: no sample moves it ahead of the clock, and
        // where nothing comes nothing goes.
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

    /// Takes note that what a decision allowed has gone.
    mutating func didRemove(at reading: Reading) {
        if phase == .catchingUp { nextRemoval = reading.monotonic + Self.interval }
    }

    /// Takes note that the clock is right as it is, and so is the retention: whatever is too old by them may go at
    /// once.
    mutating func confirm(_ reading: Reading, retention: Int64?) {
        anchor = reading
        startedBehind = false
        phase = .steady
        nextRemoval = nil
        if let retention { settled = (Self.difference(reading.wall, retention), reading.monotonic) }
    }

    // MARK: The two clocks

    /// Compares the two clocks; false while they are apart.
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

    /// Whether the limit is where it should be, or before, by the time that has passed since all was in order.
    private func isInStep(_ limit: Int64, _ reading: Reading) -> Bool {
        guard let settled else { return false }
        let passed = settled.monotonic.map { reading.monotonic - $0 } ?? 0
        return Self.difference(limit, settled.limit) <= passed + Self.tolerance
    }

    /// The blocks that are too old, the oldest first. The newest one stays until there is a newer sample.
    private static func expired(_ stock: Stock, before horizon: Int64) -> [UInt64] {
        stock.blocks.filter { $0.maxTime < horizon && $0.maxTime < stock.newest }
            .sorted { ($0.maxTime, $0.number) < ($1.maxTime, $1.number) }.map(\.number)
    }

    private static func difference(_ left: Int64, _ right: Int64) -> Int64 {
        let (difference, overflow) = left.subtractingReportingOverflow(right)
        return overflow ? (left < 0 ? .min : .max) : difference
    }
}
