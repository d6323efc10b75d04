internal import CLibrary
internal import KTSDBModel

/// The times of series added before, so that equal ones are stored once. They are found by hash and verified by
/// comparison.
///
/// Their number is bounded. Forgotten times are stored once more when they come again.
struct TimeColumnPool {
    /// The times of one series, stored in columns of 1024 rows from `firstColumn` on.
    final class Sequence {
        let times: [Int64]
        let firstColumn: UInt32

        init(times: [Int64], firstColumn: UInt32) {
            self.times = times
            self.firstColumn = firstColumn
        }
    }

    /// Half of the bytes that the times may take.
    private static let generationByteCount = 4 << 20
    /// The sequences used last. A run of their rows is looked for as well, for series that came late or left early.
    private static let recentCount = 4

    private var young: [UInt64: Sequence] = [:], old: [UInt64: Sequence] = [:]
    private var youngByteCount = 0, oldByteCount = 0
    private var recent: [Sequence] = []

    /// The bytes of all times.
    var byteCount: Int { youngByteCount + oldByteCount }

    /// Returns the sequence that has `times` as its rows from `firstRow` on, or nil if none is known.
    mutating func find(_ times: Span<Int64>) -> (sequence: Sequence, firstRow: Int)? {
        for (index, sequence) in recent.enumerated() {
            guard let row = Self.firstRow(of: times, in: sequence) else { continue }
            if index > 0 { recent.swapAt(index, 0) }
            return (sequence, row)
        }
        let hash = XXHash64.hash(times.rawBytes)
        guard let sequence = young[hash] ?? old[hash], sequence.times.count == times.count,
            Self.firstRow(of: times, in: sequence) == 0
        else { return nil }
        if young[hash] == nil {
            // It moves, and is counted once.
            if old.removeValue(forKey: hash) != nil { oldByteCount -= sequence.times.count * 8 }
            keep(sequence, hash)
        }
        remember(sequence)
        return (sequence, 0)
    }

    /// Adds times that ``find(_:)`` did not find.
    mutating func insert(_ times: Span<Int64>, firstColumn: UInt32) -> Sequence {
        let sequence = Sequence(times: Array(times), firstColumn: firstColumn)
        keep(sequence, XXHash64.hash(times.rawBytes))
        remember(sequence)
        return sequence
    }

    private mutating func keep(_ sequence: Sequence, _ hash: UInt64) {
        young[hash] = sequence
        youngByteCount += sequence.times.count * 8
        guard youngByteCount > Self.generationByteCount else { return }
        old = young
        young = [:]
        (oldByteCount, youngByteCount) = (youngByteCount, 0)
    }

    private mutating func remember(_ sequence: Sequence) {
        if recent.count == Self.recentCount { recent.removeLast() }
        recent.insert(sequence, at: 0)
    }

    private static func firstRow(of times: Span<Int64>, in sequence: Sequence) -> Int? {
        let all = sequence.times
        let low = (0..<all.count).partitionPoint { all[$0] < times[0] }
        guard all.count - low >= times.count else { return nil }
        let part = all.span.extracting(low..<(low + times.count))
        return part.rawBytes.isEqual(to: times.rawBytes) ? low : nil
    }
}
