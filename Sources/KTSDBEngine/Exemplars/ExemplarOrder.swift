internal import KTSDBModel

/// The exemplars of one series in order, for series that have late ones: a search, an insertion and a removal take
/// time that grows with the logarithm of their number, whatever the order in which they arrive.
struct ExemplarOrder: Sendable {
    /// What exemplars are ordered by: the order of `StoredExemplar.isBefore`, with a hash in place of the labels, and
    /// last by arrival.
    struct Key: Comparable, Sendable {
        var time: Int64
        /// The value's bits, so changed that they ascend as the values do, each with bits of its own.
        var rank: UInt64
        /// The hash of the labels.
        var hash: UInt64
        /// The exemplar's number in the ring.
        var position: Int

        init(time: Int64, value: Double, labels: RawSpan, position: Int) {
            self.time = time
            let bits = value.bitPattern
            rank = bits >> 63 == 0 ? bits | 1 << 63 : ~bits
            hash = XXHash64.hash(labels)
            self.position = position
        }

        /// The bound after all exemplars at `time` or before it.
        init(after time: Int64) { (self.time, rank, hash, position) = (time, .max, .max, .max) }

        /// Whether another exemplar has the same time and value, and probably the same labels.
        func hasEqualContent(_ other: Key) -> Bool { time == other.time && rank == other.rank && hash == other.hash }

        static func < (left: Key, right: Key) -> Bool {
            if left.time != right.time { return left.time < right.time }
            if left.rank != right.rank { return left.rank < right.rank }
            if left.hash != right.hash { return left.hash < right.hash }
            return left.position < right.position
        }
    }

    /// The most keys in a run, so that an insertion does not move all of them.
    private static let runLimit = 512
    /// The keys, ascending, in runs none of which is empty.
    private var runs: [[Key]] = []

    /// Creates the order of these exemplars, in any order.
    init(_ keys: [Key]) {
        let sorted = keys.sorted()
        for start in stride(from: 0, to: sorted.count, by: Self.runLimit) {
            runs.append(Array(sorted[start..<min(start + Self.runLimit, sorted.count)]))
        }
    }

    /// The bytes of memory it takes, about.
    var byteCount: Int { runs.reduce(0) { $0 + $1.capacity * MemoryLayout<Key>.stride } }

    /// The last exemplar.
    var last: Key? { runs.last?.last }

    /// Returns the last exemplar before a bound.
    func last(before bound: Key) -> Key? {
        let run = (0..<runs.count).partitionPoint { runs[$0][0] < bound } - 1
        guard run >= 0 else { return nil }
        return runs[run][(0..<runs[run].count).partitionPoint { runs[run][$0] < bound } - 1]
    }

    mutating func insert(_ key: Key) {
        guard !runs.isEmpty else {
            runs = [[key]]
            return
        }
        var run = self.run(of: key)
        if runs[run].count >= Self.runLimit {
            if run == runs.count - 1, runs[run][Self.runLimit - 1] < key {
                runs.append([key])
                return
            }
            let upper = Array(runs[run][(Self.runLimit / 2)...])
            runs[run].removeSubrange((Self.runLimit / 2)...)
            runs.insert(upper, at: run + 1)
            if upper[0] < key { run += 1 }
        }
        let place = (0..<runs[run].count).partitionPoint { runs[run][$0] < key }
        runs[run].insert(key, at: place)
    }

    /// Removes an exemplar, if it is here.
    mutating func remove(_ key: Key) {
        guard !runs.isEmpty else { return }
        let run = self.run(of: key)
        let place = (0..<runs[run].count).partitionPoint { runs[run][$0] < key }
        guard place < runs[run].count, runs[run][place] == key else { return }
        runs[run].remove(at: place)
        if runs[run].isEmpty { runs.remove(at: run) }
    }

    /// The run that has `key`, or that it belongs into.
    private func run(of key: Key) -> Int { max(0, (0..<runs.count).partitionPoint { runs[$0][0] <= key } - 1) }
}
