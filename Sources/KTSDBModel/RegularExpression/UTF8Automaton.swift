/// A deterministic automaton that recognizes sets of scalars in UTF-8, byte by byte. There is one for all sets of a
/// pattern.
///
/// Equal remainders share a node, which keeps large sets small (`\pL` has about 650 intervals).
struct UTF8Automaton {
    /// A transition to `target` on all bytes from `low` through `high`.
    struct Transition {
        var low: UInt8
        var high: UInt8
        var target: UInt32
    }

    /// The target of a scalar's last byte.
    static let accept = UInt32.max

    /// The transitions of each node, ascending and without overlap.
    private(set) var nodes: [[Transition]] = []
    private var nodeOfRemainder: [Remainder: UInt32] = [:]
    private var rootOfSet: [ScalarSet: UInt32] = [:]

    /// A set of values to be read in `bytes` more continuation bytes, six bits each.
    private struct Remainder: Hashable {
        var bytes: Int
        var intervals: [ScalarSet.Interval]
    }

    /// Returns the target of `byte` from a node, or nil.
    func step(from node: UInt32, on byte: UInt8) -> UInt32? {
        let transitions = nodes[Int(node)]
        for index in transitions.indices where transitions[index].high >= byte {
            return transitions[index].low <= byte ? transitions[index].target : nil
        }
        return nil
    }

    /// Returns the node that starts reading one scalar of `set`.
    mutating func root(of set: ScalarSet) -> UInt32 {
        if let root = rootOfSet[set] { return root }
        var transitions = slice(set.intervals, 0, 0x7F).map {
            Transition(low: UInt8($0.low), high: UInt8($0.high), target: Self.accept)
        }
        // The scalars by the length of their encoding, without surrogates.
        appendLeads(set, [(0x80, 0x7FF)], prefix: 0xC0, continuationBytes: 1, to: &transitions)
        appendLeads(set, [(0x800, 0xD7FF), (0xE000, 0xFFFF)], prefix: 0xE0, continuationBytes: 2, to: &transitions)
        appendLeads(set, [(0x1_0000, 0x10_FFFF)], prefix: 0xF0, continuationBytes: 3, to: &transitions)
        let root = addNode(transitions)
        rootOfSet[set] = root
        return root
    }

    private mutating func appendLeads(
        _ set: ScalarSet, _ lengths: [(UInt32, UInt32)], prefix: UInt8, continuationBytes: Int,
        to transitions: inout [Transition]
    ) {
        let intervals = lengths.flatMap { slice(set.intervals, $0.0, $0.1) }
        appendTransitions(intervals, prefix: prefix, continuationBytes: continuationBytes, to: &transitions)
    }

    /// Adds transitions for the next byte of `intervals`, whose value is the bits above those of the continuation
    /// bytes.
    private mutating func appendTransitions(
        _ intervals: [ScalarSet.Interval], prefix: UInt8, continuationBytes: Int, to transitions: inout [Transition]
    ) {
        guard let first = intervals.first, let last = intervals.last else { return }
        let shift = UInt32(continuationBytes * 6)
        let block: UInt32 = 1 << shift
        var value = first.low >> shift
        var index = 0
        while value <= last.high >> shift {
            let base = value << shift
            while intervals[index].high < base { index += 1 }
            let interval = intervals[index]
            // Consecutive bytes after which everything is in the set share a transition.
            let lastFull = interval.low <= base ? (interval.high + 1) >> shift : value
            if lastFull > value {
                append(from: value, through: lastFull - 1, [.init(0, block - 1)])
                value = lastFull
            } else {
                let rest = slice(intervals, base, base + (block - 1))
                if !rest.isEmpty {
                    append(from: value, through: value, rest.map { .init($0.low - base, $0.high - base) })
                }
                value += 1
            }
        }
        func append(from low: UInt32, through high: UInt32, _ rest: [ScalarSet.Interval]) {
            let target = node(for: Remainder(bytes: continuationBytes, intervals: rest))
            let byte = prefix | UInt8(low)
            if let last = transitions.last, last.target == target, last.high + 1 == byte {
                transitions[transitions.count - 1].high = prefix | UInt8(high)
            } else {
                transitions.append(Transition(low: byte, high: prefix | UInt8(high), target: target))
            }
        }
    }

    private mutating func node(for remainder: Remainder) -> UInt32 {
        guard remainder.bytes > 0 else { return Self.accept }
        if let node = nodeOfRemainder[remainder] { return node }
        var transitions: [Transition] = []
        appendTransitions(
            remainder.intervals, prefix: 0x80, continuationBytes: remainder.bytes - 1, to: &transitions)
        let node = addNode(transitions)
        nodeOfRemainder[remainder] = node
        return node
    }

    private mutating func addNode(_ transitions: [Transition]) -> UInt32 {
        nodes.append(transitions)
        return UInt32(nodes.count - 1)
    }

    /// Returns the parts of `intervals` from `low` through `high`.
    private func slice(_ intervals: [ScalarSet.Interval], _ low: UInt32, _ high: UInt32) -> [ScalarSet.Interval] {
        var start = (0..<intervals.count).partitionPoint { intervals[$0].high < low }
        var result: [ScalarSet.Interval] = []
        while start < intervals.count, intervals[start].low <= high {
            result.append(.init(max(intervals[start].low, low), min(intervals[start].high, high)))
            start += 1
        }
        return result
    }
}
