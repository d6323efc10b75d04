/// Decides what retention may do at a moment: how far back samples are shown, and which blocks may be removed.
///
/// A wrong clock must not cost data, and a clock that is wrong from the start looks just like that of a machine that
/// was off for a while. So two things are watched. While the process runs, the wall clock is compared with the one that
/// only goes forward: when they differ by more than ``tolerance``, retention pauses. And the *age limit*, wall clock
/// less retention, is compared from one moment to the next and from one opening to the next: when it leaps by more than
/// that (an opening after a long time, or with a wrong clock; a shorter retention), blocks are removed slowly: one
/// block, or a tenth of all blocks, after an hour and again each hour, until no old ones are left.
///
/// With retention rules, each class of series has its own limit and horizon (``RetentionPolicy``). A block goes when
/// all classes in it are too old; a block of which only some are is written again without them, if that is worth it. A
/// policy with other rules counts as a leap: what it makes too old is removed slowly.
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
        /// How many series of each class a block has, by its number. Nothing is known of blocks that are missing here:
        /// they are kept as long as the class that is kept longest.
        var seriesCounts: [UInt64: [Int]] = [:]
        /// Blocks that could not be written again, because they cannot be read whole: no other one waits for them.
        var unreadable: Set<UInt64> = []
        /// Blocks that may be written again by an earlier decision, which has not been done yet.
        var allowedRewrites: Set<UInt64> = []
        /// The earliest sample that is in no block; `Int64.max` without such samples.
        var earliestInMemory = Int64.max
        /// The newest sample of all; `Int64.min` without samples.
        var newest = Int64.min
    }

    /// What may be done.
    struct Decision: Equatable {
        /// Samples before this time are too old and are not shown. nil shows everything.
        var horizon: Int64?
        /// The same for each class; ``horizon`` is the earliest of them. Empty if everything is shown.
        var horizons: [Int64] = []
        /// The blocks that may be removed now, the oldest first.
        var removals: [UInt64] = []
        /// The blocks that may be written again now without the classes that are too old, the oldest first.
        var rewrites: [UInt64] = []
        /// The number of blocks that are too old, including those that have to wait.
        var expiredBlocks = 0
        /// The number of blocks to be written again, including those that have to wait.
        var pendingRewrites = 0
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
    private var settled: (limit: Int64, policy: UInt64, monotonic: Int64?)?
    /// The last leap: from then on nothing goes for an hour. What becomes too old later does not prolong catching up.
    private var leap: (reading: Reading, limit: Int64, policy: UInt64)?
    /// When the next removal is allowed, while catching up and while there is something to remove.
    private var nextRemoval: Int64?

    /// - Parameters: The values of ``settledLimit`` and ``settledPolicy`` before the last opening.
    init(settledLimit: Int64? = nil, settledPolicy: UInt64 = 0) {
        settled = settledLimit.map { ($0, settledPolicy, nil) }
    }

    /// The age limit up to which everything has been removed; nil until that is known.
    var settledLimit: Int64? { settled?.limit }
    /// The identity of the policy under which that was so.
    var settledPolicy: UInt64 { settled?.policy ?? 0 }

    /// Looks at the clocks and at what is stored, and returns a decision. If the policy keeps everything, nothing is
    /// too old, but the clocks are watched all the same.
    mutating func observe(_ reading: Reading, _ policy: RetentionPolicy, _ stock: Stock) -> Decision {
        guard watch(reading, newest: stock.newest) else { return Decision() }
        guard let reference = policy.reference else {
            // What a later limit finds too old has never been in order under one.
            (phase, settled) = (.steady, nil)
            return Decision()
        }
        guard stock.newest != .min else {
            phase = .steady
            return Decision()
        }
        // The limits follow the clock alone; no horizon is later than the newest sample allows. No sample moves a
        // horizon ahead of the clock, and if no samples arrive, nothing is removed.
        let limit = Self.difference(reading.wall, reference)
        let limits = policy.limits(at: reading.wall)
        let horizons = zip(limits, policy.limits(at: stock.newest)).map { min($0, $1) }
        let expired = Self.expired(stock, before: horizons), rewrites = Self.rewrites(stock, before: horizons)
        var decision = Decision(
            horizon: horizons.min(), horizons: horizons, expiredBlocks: expired.count,
            pendingRewrites: rewrites.count)
        if isSettled(stock, reference, limits, policy, reading) || isInStep(limit, policy, reading) {
            phase = .steady
            settled = (limit, policy.identity, reading.monotonic)
            (nextRemoval, leap) = (nil, nil)
            (decision.removals, decision.rewrites) = (expired, rewrites)
            return decision
        }
        phase = .catchingUp
        noteLeap(to: limit, policy, reading)
        if expired.isEmpty, rewrites.isEmpty {
            nextRemoval = nil
        } else if let nextRemoval {
            if reading.monotonic >= nextRemoval {
                let count = max(1, stock.blocks.count / 10)
                decision.removals = Array(expired.prefix(count))
                let others = rewrites.filter { !stock.allowedRewrites.contains($0) }
                decision.rewrites = Array(others.prefix(count - decision.removals.count))
            }
        } else {
            nextRemoval = reading.monotonic + Self.interval
        }
        return decision
    }

    /// Records that what a decision allowed has been removed, or is being written again.
    mutating func didRemove(at reading: Reading) {
        if phase == .catchingUp { nextRemoval = reading.monotonic + Self.interval }
    }

    /// Records that the clock is right as it is, and so is the retention: whatever is too old by them may be removed at
    /// once.
    mutating func confirm(_ reading: Reading, _ policy: RetentionPolicy) {
        anchor = reading
        startedBehind = false
        phase = .steady
        (nextRemoval, leap) = (nil, nil)
        if let reference = policy.reference {
            settled = (Self.difference(reading.wall, reference), policy.identity, reading.monotonic)
        }
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

    /// Whether nothing is left that is older than the limits, by the clock alone.
    private func isSettled(
        _ stock: Stock, _ reference: Int64, _ limits: [Int64], _ policy: RetentionPolicy, _ reading: Reading
    ) -> Bool {
        guard !stock.blocks.contains(where: { Self.isExpired($0, stock, limits) }) else { return false }
        guard policy.classCount > 1 else { return stock.earliestInMemory >= limits[0] }
        // Classes that are kept for a short time are in memory, and in new blocks, again and again.
        let wall = leap.map { $0.policy == policy.identity ? $0.reading.wall : reading.wall } ?? reading.wall
        guard stock.earliestInMemory >= Self.difference(wall, reference) else { return false }
        return Self.rewrites(stock, before: policy.limits(at: wall)).isEmpty
    }

    /// Records a leap of the limit, or another policy, unless it is part of the last leap.
    private mutating func noteLeap(to limit: Int64, _ policy: RetentionPolicy, _ reading: Reading) {
        if let leap, leap.policy == policy.identity {
            let passed = reading.monotonic - leap.reading.monotonic
            guard Self.difference(limit, leap.limit) > passed + Self.tolerance else { return }
        }
        leap = (reading, limit, policy.identity)
        nextRemoval = nil
    }

    /// Whether the limit is where it should be, or earlier, given the time that has passed since everything was in
    /// order under the same policy.
    private func isInStep(_ limit: Int64, _ policy: RetentionPolicy, _ reading: Reading) -> Bool {
        guard let settled, settled.policy == policy.identity else { return false }
        let passed = settled.monotonic.map { reading.monotonic - $0 } ?? 0
        return Self.difference(limit, settled.limit) <= passed + Self.tolerance
    }

    // MARK: Blocks

    /// A block is written again only if at least one in this many of its series goes.
    private static let rewriteShare = 10

    /// Returns the blocks that are too old, the oldest first. The newest one stays until there is a newer sample.
    private static func expired(_ stock: Stock, before horizons: [Int64]) -> [UInt64] {
        oldestFirst(stock.blocks.filter { $0.maxTime < stock.newest && isExpired($0, stock, horizons) })
    }

    /// Returns the blocks of which a class is too old, and enough series to be worth it, but not all classes are.
    private static func rewrites(_ stock: Stock, before horizons: [Int64]) -> [UInt64] {
        guard horizons.count > 1 else { return [] }
        return oldestFirst(
            stock.blocks.filter { block in
                guard let counts = stock.seriesCounts[block.number], !stock.unreadable.contains(block.number) else {
                    return false
                }
                let expired = zip(counts, horizons).reduce(0) { block.maxTime < $1.1 ? $0 + $1.0 : $0 }
                let total = counts.reduce(0, +)
                return expired > 0 && expired < total && expired >= (total + rewriteShare - 1) / rewriteShare
            })
    }

    /// Whether all samples of a block are too old for their classes.
    private static func isExpired(_ block: BlockSummary, _ stock: Stock, _ horizons: [Int64]) -> Bool {
        guard horizons.count > 1, let counts = stock.seriesCounts[block.number] else {
            return block.maxTime < horizons.min() ?? .min
        }
        return zip(counts, horizons).allSatisfy { $0 == 0 || block.maxTime < $1 }
    }

    private static func oldestFirst(_ blocks: [BlockSummary]) -> [UInt64] {
        blocks.sorted { ($0.maxTime, $0.number) < ($1.maxTime, $1.number) }.map(\.number)
    }

    private static func difference(_ left: Int64, _ right: Int64) -> Int64 {
        let (difference, overflow) = left.subtractingReportingOverflow(right)
        return overflow ? (left < 0 ? .min : .max) : difference
    }
}
