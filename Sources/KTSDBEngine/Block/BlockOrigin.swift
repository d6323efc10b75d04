package import KTSDBModel

/// Where a block's samples came from. The block stores it, so that a lost MANIFEST can be made again from the blocks.
package struct BlockOrigin: Hashable, Sendable {
    /// How a block came about.
    package enum Kind: Hashable, Sendable {
        /// By a seal: everything committed after commit `after`, up to the block's last commit, is in `blocks`, which
        /// include this one.
        case seal(after: UInt64, blocks: [UInt64])
        /// By a compaction that replaced these blocks. They in turn had replaced the `earlier` ones.
        case compaction(of: [UInt64], earlier: [UInt64])
        /// By the import with this number, which is random. It made these blocks, this one included. While a file of
        /// the number marks the import as unfinished, its blocks count only if all of them are there.
        case `import`(UInt64, blocks: [UInt64])
    }

    package var kind: Kind
    /// The next series id at that time: no series had this one or a higher one.
    package var nextSeriesID: UInt64

    package init(_ kind: Kind, nextSeriesID: UInt64) {
        self.kind = kind
        self.nextSeriesID = nextSeriesID
    }

    /// Appends the origin in the form of a block's section (FORMAT.md, section 5).
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
        case .import(let number, let blocks):
            buffer.append(UInt8(3))
            buffer.append(varint: nextSeriesID)
            buffer.append(littleEndian: number)
            Self.encode(blocks, into: &buffer)
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

    /// Whether this can be the origin of the block `summary`.
    fileprivate func isPossible(in summary: BlockSummary) -> Bool {
        switch kind {
        case .seal(let after, let blocks): after <= summary.lastSequence && blocks.contains(summary.number)
        case .compaction(let inputs, let earlier): !inputs.contains(summary.number) && !earlier.contains(summary.number)
        case .import(_, let blocks): blocks.contains(summary.number)
        }
    }

    /// Reads an origin that takes all of the bytes; nil if they are malformed.
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
        case 3:
            guard let number = cursor.littleEndian(UInt64.self, in: bytes), let blocks = Self.numbers(&cursor, bytes)
            else { return nil }
            self.kind = .import(number, blocks: blocks)
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
    /// Returns where the samples came from, or nil if the block was written on its own.
    package func origin() throws(ReadError) -> BlockOrigin? {
        let section = section(.origin)
        guard section.byteCount > 0 else { return nil }
        let bytes = try section.bytes()
        guard let origin = BlockOrigin(bytes), origin.isPossible(in: summary) else {
            throw section.damaged("it does not name a possible origin")
        }
        return origin
    }

    /// Opens a block that the MANIFEST does not name, by its own footer. Throws if its number is not the one in its
    /// file name.
    static func open(unnamed number: UInt64, fileSystem: any FileSystem, path: String) throws(ReadError) -> Block {
        let footer = try BlockFooter(BlockFile(fileSystem, path, damage: DamageLog()))
        guard footer.summary.number == number, number > 0, number < .max,
            footer.summary.minTime <= footer.summary.maxTime, footer.summary.lastSequence < 1 << 62
        else { throw .damaged(path: path, detail: "it is another block than its name says") }
        return try open(fileSystem: fileSystem, path: path, summary: footer.summary)
    }
}
