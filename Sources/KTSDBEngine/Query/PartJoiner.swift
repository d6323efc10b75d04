internal import KTSDBModel
internal import Synchronization

/// Decides which parts of equal fingerprint belong to one series.
struct PartJoiner {
    private let content: ViewContent
    private let head: HeadParts

    init(_ content: ViewContent, _ head: HeadParts) {
        self.content = content
        self.head = head
    }

    /// Groups the parts in `range`, which have the same fingerprint, by series, and appends where each series begins.
    func group(
        _ parts: inout [Selection.Part], _ range: Range<Int>, _ starts: inout [UInt32], _ limits: (any ReadLimits)?
    ) throws(ReadError) {
        let first = try key(of: parts[range.lowerBound], limits)
        var isOne = true
        for place in range.dropFirst() where isOne {
            isOne = try key(of: parts[place], limits) == first
        }
        if isOne { return starts.append(UInt32(range.lowerBound)) }

        // Several series share a fingerprint: their labels give the order.
        var series: [(labels: [UInt8], parts: [Selection.Part])] = []
        var places: [UInt64: Int] = [:], pace = Pace(limits)
        for part in parts[range] {
            let key = try key(of: part, limits)
            if let index = places[key] {
                series[index].parts.append(part)
            } else {
                try pace.step(64)
                places[key] = series.count
                series.append((try content.labels(of: part, head).bytes, [part]))
            }
        }
        try series.sort(within: limits) { ByteOrder.precedes($0.labels, $1.labels) }
        var position = range.lowerBound
        for (_, group) in series {
            starts.append(UInt32(position))
            for part in group {
                parts[position] = part
                position += 1
            }
        }
    }

    /// Returns a hash of the series' labels with a seed that nobody outside of the process knows. Parts of equal
    /// fingerprint and equal key are one series: nobody can construct labels that match both, and by chance it happens
    /// once in 2^64 such pairs.
    private func key(of part: Selection.Part, _ limits: (any ReadLimits)?) throws(ReadError) -> UInt64 {
        guard part.block >= 0 else {
            if !head.keys.isEmpty { return head.keys[Int(part.series)] }
            let slot = head.slots[Int(part.series)]
            return content.head.series.withLock { $0.joinKey(of: slot) }
        }
        let block = content.blocks[Int(part.block)]
        if let key = block.joinKeys[part.series] { return key }
        if part.series % 16 == 15 { try limits?.check() }
        let key = JoinKeys.key(of: try block.labels(of: part.series))
        block.joinKeys[part.series] = key
        return key
    }
}

extension ViewContent {
    func labels(of part: Selection.Part, _ head: HeadParts) throws(ReadError) -> Labels {
        if part.block >= 0 { return try blocks[Int(part.block)].labels(of: part.series) }
        let slot = head.slots[Int(part.series)]
        return self.head.series.withLock { $0.labels(of: slot) }
    }
}
