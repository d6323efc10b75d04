package import KTSDBModel

/// What a block says of where its samples came from, so that a lost MANIFEST can be made again from the blocks.
package struct BlockOrigin: Hashable, Sendable {
    /// How a block came about.
    package enum Kind: Hashable, Sendable {
        /// By a seal: all that was committed after `commit`, up to the block's last commit, is in `blocks`, itself
        /// among them.
        case seal(after: UInt64, blocks: [UInt64])
        /// By a compaction, in place of these blocks, and of `earlier` ones in whose places these stood.
        case compaction(of: [UInt64], earlier: [UInt64])
    }

    package var kind: Kind
    /// No series had this number or a higher one then.
    package var nextSeriesID: UInt64

    package init(_ kind: Kind, nextSeriesID: UInt64) {
        self.kind = kind
        self.nextSeriesID = nextSeriesID
    }

    /// Appends it as it stands in a block: FORMAT.md, section 5.
    func encode(into buffer: inout FieldBuffer) {
        switch kind {
        case .seal(let after, let blocks):
            buffer.append(UInt8(1))
            buffer.append(varint: nextSeriesID)
            buffer.append(varint: after)
            Self.encode(blocks, into: &buffer)
        case .compaction(let inputs, let earlier):
            buffer.append(UInt8(2))
            buffer.append(varint: nextSeriesID)
            Self.encode(inputs, into: &buffer)
            Self.encode(earlier, into: &buffer)
        }
    }

    private static func encode(_ numbers: [UInt64], into buffer: inout FieldBuffer) {
        buffer.append(varint: UInt64(numbers.count))
        var last: UInt64 = 0
        for number in numbers.sorted() {
            buffer.append(varint: number - last)
            last = number
        }
    }

    /// Whether it can be that of such a block.
    fileprivate func isPossible(in summary: BlockSummary) -> Bool {
        switch kind {
        case .seal(let after, let blocks): after <= summary.lastSequence && blocks.contains(summary.number)
        case .compaction(let inputs, let earlier): !inputs.contains(summary.number) && !earlier.contains(summary.number)
        }
    }

    /// Reads one that takes all of the bytes; nil if they are none.
    init?(_ bytes: RawSpan) {
        var cursor = FieldCursor(0..<bytes.byteCount)
        guard let kind = cursor.byte(in: bytes), let nextSeriesID = cursor.varint(in: bytes) else { return nil }
        switch kind {
        case 1:
            guard let after = cursor.varint(in: bytes), let blocks = Self.numbers(&cursor, bytes) else { return nil }
            self.kind = .seal(after: after, blocks: blocks)
        case 2:
            guard let inputs = Self.numbers(&cursor, bytes), let earlier = Self.numbers(&cursor, bytes) else {
                return nil
            }
            self.kind = .compaction(of: inputs, earlier: earlier)
        default: return nil
        }
        guard cursor.remaining == 0 else { return nil }
        self.nextSeriesID = nextSeriesID
    }

    private static func numbers(_ cursor: inout FieldCursor, _ bytes: RawSpan) -> [UInt64]? {
        guard let count = cursor.varint(in: bytes), count <= UInt64(cursor.remaining) else { return nil }
        var numbers: [UInt64] = [], last: UInt64 = 0
        for _ in 0..<count {
            guard let step = cursor.varint(in: bytes) else { return nil }
            let (number, overflow) = last.addingReportingOverflow(step)
            guard step > 0, !overflow else { return nil }
            numbers.append(number)
            last = number
        }
        return numbers
    }
}

extension Block {
    /// Where its samples came from; nil in a block that was written by itself.
    package func origin() throws(ReadError) -> BlockOrigin? {
        let section = section(.origin)
        guard section.byteCount > 0 else { return nil }
        let bytes = try section.bytes()
        guard let origin = BlockOrigin(bytes), origin.isPossible(in: summary) else {
            throw section.damaged("it names no origin")
        }
        return origin
    }

    /// Opens a block that the MANIFEST does not name, by what it says of itself. Its number is to be that of its name.
    static func open(unnamed number: UInt64, fileSystem: any FileSystem, path: String) throws(ReadError) -> Block {
        let footer = try BlockFooter(BlockFile(fileSystem, path, damage: DamageLog()))
        guard footer.summary.number == number, number > 0, number < .max,
            footer.summary.minTime <= footer.summary.maxTime, footer.summary.lastSequence < 1 << 62
        else { throw .damaged(path: path, detail: "it is another block than its name says") }
        return try open(fileSystem: fileSystem, path: path, summary: footer.summary)
    }
}
