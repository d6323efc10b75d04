internal import Synchronization

/// Samples reserved from a query's limits, given back when this goes away.
final class SampleReservation: Sendable {
    private let query: QueryContext
    private let count = Atomic(0), bytes = Atomic(0)

    init(_ query: QueryContext) { self.query = query }

    deinit { query.release(count.load(ordering: .relaxed), bytes: bytes.load(ordering: .relaxed)) }

    /// Reserves `extra` more.
    func grow(by extra: Int, bytesEach: Int = 8) throws(QueryError) {
        try query.reserve(extra, bytesEach: bytesEach)
        count.add(extra, ordering: .relaxed)
        bytes.add(extra * bytesEach, ordering: .relaxed)
    }

    /// Reserves what is missing to `total`.
    func grow(to total: Int, bytesEach: Int = 8) throws(QueryError) {
        let missing = total - count.load(ordering: .relaxed)
        if missing > 0 { try grow(by: missing, bytesEach: bytesEach) }
    }

    /// Reserves room for anything but samples.
    func grow(bytes extra: Int) throws(QueryError) {
        try query.reserve(bytes: extra)
        bytes.add(extra, ordering: .relaxed)
    }

    /// The samples that are reserved.
    var sampleCount: Int { count.load(ordering: .relaxed) }
}
