internal import KTSDBModel

/// Finds the records of a block's series in the directory. Reading series in order is cheap, because all records of a
/// group are located at once.
struct BlockRecords {
    private let block: Block
    private var group = -1
    /// The offset in the directory of each record of the group, followed by the end of the last one.
    private var bounds = InlineArray<17, Int>(repeating: 0)

    init(_ block: Block) { self.block = block }

    /// Returns where the record of a series is in the directory.
    mutating func range(of series: UInt32) throws(ReadError) -> Range<Int> {
        let (group, place) = Int(series).quotientAndRemainder(dividingBy: BlockFormat.groupCount)
        guard Int(series) < block.seriesCount else {
            throw block.section(.series).damaged("it has no series \(series)")
        }
        if group != self.group { try find(group) }
        return bounds[place]..<bounds[place + 1]
    }

    private mutating func find(_ group: Int) throws(ReadError) {
        self.group = -1
        let directory = block.section(.series), groups = block.section(.seriesGroups)
        let start = try groups.integer(UInt64.self, at: group)
        let end =
            (group + 1) * 8 < groups.byteCount
            ? try groups.integer(UInt64.self, at: group + 1) : UInt64(directory.byteCount)
        guard start <= end, end <= UInt64(directory.byteCount) else {
            throw groups.damaged("group \(group) ends before it begins")
        }
        let bytes = try directory.bytes(Int(start), Int(end - start))
        var cursor = FieldCursor(0..<bytes.byteCount)
        let count = min(BlockFormat.groupCount, block.seriesCount - group * BlockFormat.groupCount)
        for place in 0..<count {
            guard let length = cursor.count(in: bytes) else { throw directory.damaged("group \(group) is cut short") }
            bounds[place + 1] = length
        }
        bounds[0] = Int(start) + cursor.position
        for place in 0..<count {
            guard cursor.take(bounds[place + 1]) != nil else {
                let series = group * BlockFormat.groupCount + place
                throw directory.damaged("series \(series) is not within its group")
            }
            bounds[place + 1] += bounds[place]
        }
        self.group = group
    }

    /// Calls `body` with the bytes of a series' record and a cursor over them.
    mutating func withRecord<Result>(
        of series: UInt32, _ body: (RawSpan, inout FieldCursor) throws(ReadError) -> Result
    ) throws(ReadError) -> Result {
        let range = try range(of: series)
        let bytes = try block.section(.series).bytes(range.lowerBound, range.count)
        var cursor = FieldCursor(0..<bytes.byteCount)
        return try body(bytes, &cursor)
    }
}
