public import KTSDBModel

/// What a database's ledger counts, and what was refused because of its limit.
public struct MemoryStatistics: Hashable, Sendable {
    /// The limit and its marks; nil if there is no limit.
    public var marks: MemoryMarks?
    /// How close to the limit the memory that is held is.
    public var pressure = MemoryPressure.none
    /// The bytes that all holders have now, and the most that they had at one time.
    public var bytes = 0, peakBytes = 0
    /// What each holder has, in the order of `MemoryHolder`.
    public var holdings: [MemoryHolding] = []
    /// What was refused since the ledger was created.
    public var refusals = MemoryRefusals()

    init() {}

    /// The figures of a ledger now.
    public init(_ ledger: MemoryLedger) {
        marks = ledger.marks
        pressure = ledger.pressure
        (bytes, peakBytes) = (ledger.bytes, ledger.peakBytes)
        holdings = ledger.holdings
        refusals = ledger.refusals
    }
}
