internal import Synchronization

/// Counts what a database, the queries of it and whoever else takes part hold in memory, against one limit.
///
/// Who holds memory has a `MemoryAccount` and adds to it when a page, a buffer or a table grows, never for a sample.
/// The counts are good to a few percent: tables are estimated from their sizes, and small objects are left out. A
/// program that also reports what its process holds (``noteProcess(bytes:)``) has an exact sum, in which what nobody
/// counts is ``MemoryHolder/other``; the server does this each second.
///
/// The ledger only counts and says how much is left. What is done about it is up to those who ask (``pressure``).
///
/// ```swift
/// let memory = MemoryLedger(limit: 512 << 20)
/// var configuration = Database.Configuration()
/// configuration.memory = memory
/// var options = EngineOptions()
/// options.memory = memory
/// ```
public final class MemoryLedger: Sendable {
    /// The limit and its marks; nil if there is no limit.
    public let marks: MemoryMarks?
    private let rows = MemoryHolder.allCases.map { MemoryRow($0) }
    private let total = Atomic(0), highest = Atomic(0)
    private let claims = Mutex(MemoryClaims())
    private let refusedSeries = Atomic(0), refusedQueries = Atomic(0), endedQueries = Atomic(0)

    /// Creates a ledger. `limit` is in bytes; nil only counts.
    public init(limit: Int? = nil) { marks = limit.map(MemoryMarks.init(limit:)) }

    /// The limit in bytes; nil if it does not exist.
    public var limit: Int? { marks?.limit }

    /// The bytes that are held, all holders together.
    public var bytes: Int { total.load(ordering: .relaxed) }

    /// The most bytes that were held at one time.
    public var peakBytes: Int { max(highest.load(ordering: .relaxed), bytes) }

    /// How close ``bytes`` is to the limit; ``MemoryPressure/none`` without a limit. Costs one load and three
    /// comparisons.
    public var pressure: MemoryPressure { marks?.pressure(of: bytes) ?? .none }

    /// What each holder has now, and the most that it had at one time; in the order of ``MemoryHolder``.
    public var holdings: [MemoryHolding] { rows.map(\.holding) }

    /// The bytes of one holder.
    public func bytes(of holder: MemoryHolder) -> Int { row(holder).bytes }

    /// What the ledger has refused since it was created.
    public var refusals: MemoryRefusals {
        MemoryRefusals(
            series: refusedSeries.load(ordering: .relaxed), queries: refusedQueries.load(ordering: .relaxed),
            endedQueries: endedQueries.load(ordering: .relaxed))
    }

    /// Reports what the process holds, in bytes: memory of its own, without mapped files. What nobody counts becomes
    /// ``MemoryHolder/other``. Call it about once a second; whoever does not, limits what is counted alone.
    public func noteProcess(bytes: Int) {
        let row = row(.other)
        let counted = self.bytes - row.bytes
        add(row.set(max(0, bytes - counted)))
    }

    // MARK: For holders

    func row(_ holder: MemoryHolder) -> MemoryRow { rows[MemoryHolder.allCases.firstIndex(of: holder)!] }

    /// Adds to the sum of all holders.
    func add(_ change: Int) {
        let now = total.add(change, ordering: .relaxed).newValue
        if change > 0, now > highest.load(ordering: .relaxed) { highest.max(now, ordering: .relaxed) }
    }

    /// A query that holds no more than this many bytes gets them up to the floor mark, so that rules and small panels
    /// keep working.
    package static let smallQuery = 1 << 20

    /// How many bytes a query may take now that holds `held`; `Int.max` without a limit.
    package func room(holding held: Int) -> Int {
        guard let marks else { return .max }
        let bytes = bytes
        let small = min(max(0, Self.smallQuery - held), max(0, marks.floor - bytes))
        return max(small, marks.hard - bytes)
    }

    /// Whether a new series may come into memory. Counts the refusal if not.
    package func admitsSeries() -> Bool {
        guard let marks, bytes >= marks.hard else { return true }
        refusedSeries.add(1, ordering: .relaxed)
        return false
    }

    /// Counts a query that was refused memory.
    package func noteRefusedQuery() { refusedQueries.add(1, ordering: .relaxed) }

    // MARK: Running queries

    /// Notes that a query runs that may be ended (`endNewestClaim()`), until ``end(_:)`` is called.
    package func begin(_ claim: MemoryClaim) { claims.withLock { $0.add(claim) } }

    package func end(_ claim: MemoryClaim) { claims.withLock { $0.remove(claim) } }

    /// Ends the newest of the large queries, and returns whether there was one. It notices within a millisecond.
    @discardableResult
    package func endNewestClaim() -> Bool {
        guard let claim = claims.withLock({ $0.newestLarge }) else { return false }
        claim.revoke()
        endedQueries.add(1, ordering: .relaxed)
        return true
    }
}

/// What one holder has in memory, in bytes.
public struct MemoryHolding: Hashable, Sendable {
    /// Who holds it.
    public var holder: MemoryHolder
    /// What it has now, and the most that it had at one time.
    public var bytes: Int, peakBytes: Int
}

/// What a ledger has refused since it was created.
public struct MemoryRefusals: Hashable, Sendable {
    /// How often a series could not come into memory. One whose samples arrive again is counted again.
    public var series = 0
    /// How many queries and other reads got an error because they needed more memory than was left.
    public var queries = 0
    /// How many running queries were ended to make room.
    public var endedQueries = 0

    /// Nothing was refused.
    public init() {}

    init(series: Int, queries: Int, endedQueries: Int) {
        self.series = series
        self.queries = queries
        self.endedQueries = endedQueries
    }
}

/// The row of one holder.
final class MemoryRow: Sendable {
    let holder: MemoryHolder
    private let count = Atomic(0), peak = Atomic(0)

    init(_ holder: MemoryHolder) { self.holder = holder }

    var bytes: Int { count.load(ordering: .relaxed) }

    var holding: MemoryHolding {
        let bytes = bytes
        return MemoryHolding(holder: holder, bytes: bytes, peakBytes: max(bytes, peak.load(ordering: .relaxed)))
    }

    func add(_ change: Int) {
        let now = count.add(change, ordering: .relaxed).newValue
        if change > 0, now > peak.load(ordering: .relaxed) { peak.max(now, ordering: .relaxed) }
    }

    /// Sets the count and returns how it changed.
    func set(_ bytes: Int) -> Int {
        let old = count.exchange(bytes, ordering: .relaxed)
        if bytes > peak.load(ordering: .relaxed) { peak.max(bytes, ordering: .relaxed) }
        return bytes - old
    }
}
