internal import KTSDBModel
internal import Synchronization

/// A section of a block's index in the mapped file. Each piece of 4 KiB is checked when it is first read.
@safe
final class BlockSection: Sendable {
    let kind: BlockSectionKind
    let byteCount: Int
    private let path: String
    private let damage: DamageLog
    /// The file from its first section on; this section begins at `start`.
    private let region: MappedRegion
    private let start: Int
    /// Where the section is in the file.
    private let fileOffset: UInt64
    /// The checksums of the pieces of all sections, and the index of the one of this section's first piece.
    private let checksums: [UInt32]
    private let firstPiece: Int
    private let checked: AtomicBits

    /// Creates the section that has `byteCount` bytes at `offset` of the region. The caller has checked that they are
    /// within it.
    init(
        _ kind: BlockSectionKind, _ region: MappedRegion, offset: Int, byteCount: Int, fileOffset: UInt64, path: String,
        damage: DamageLog, checksums: [UInt32], firstPiece: Int
    ) {
        precondition(
            offset >= 0 && byteCount >= 0 && offset + byteCount <= region.byteCount, "A section is in its file.")
        self.kind = kind
        self.byteCount = byteCount
        self.path = path
        self.damage = damage
        self.region = region
        start = offset
        self.fileOffset = fileOffset
        self.checksums = checksums
        self.firstPiece = firstPiece
        checked = AtomicBits(count: (byteCount + BlockFormat.checkedByteCount - 1) / BlockFormat.checkedByteCount)
    }

    /// Returns `count` bytes from `offset` on, after checking them.
    @_lifetime(borrow self)
    func bytes(_ offset: Int, _ count: Int) throws(ReadError) -> RawSpan {
        guard offset >= 0, count >= 0, offset <= byteCount, count <= byteCount - offset else {
            throw damaged("it names \(count) bytes at \(offset) of \(byteCount)")
        }
        if count > 0 { try check(offset, count) }
        return unchecked.extracting(offset..<(offset &+ count))
    }

    /// Returns all bytes, after checking them.
    @_lifetime(borrow self)
    func bytes() throws(ReadError) -> RawSpan { try bytes(0, byteCount) }

    /// All bytes, unchecked. The caller calls ``check(_:_:)`` on those that it reads. For walks that skip most bytes.
    var unchecked: RawSpan {
        @_lifetime(borrow self)
        get {
            // SAFETY: the section keeps the region for as long as it lives, so the bytes live as long as the section.
            unsafe region.bytes(start..<(start &+ byteCount), keptBy: self)
        }
    }

    /// Compares the pieces that have the `count` bytes (at least 1) from `offset` on with their checksums, unless that
    /// was done before. The bytes are within the section.
    @inline(__always)
    func check(_ offset: Int, _ count: Int) throws(ReadError) {
        let last = (offset &+ count &- 1) / BlockFormat.checkedByteCount
        var piece = offset / BlockFormat.checkedByteCount
        while piece <= last {
            if !checked.contains(piece) {
                try checkPiece(piece)
                checked.insert(piece)
            }
            piece &+= 1
        }
    }

    /// Returns how many of the `count` bytes from `offset` on equal the first bytes of `other`. Checks no piece after
    /// that of the first difference.
    func commonPrefix(_ offset: Int, _ count: Int, with other: Span<UInt8>) throws(ReadError) -> Int {
        let limit = min(count, other.count)
        var common = 0
        while common < limit {
            let step = min(limit - common, BlockFormat.checkedByteCount)
            let part = Span<UInt8>(_bytes: try bytes(offset + common, step))
            let equal = ByteOrder.commonPrefix(part, other.extracting(common..<(common + step)))
            common += equal
            if equal < step { break }
        }
        return common
    }

    /// Returns the integer at `index`, in a section of integers of this type.
    func integer<Integer: FixedWidthInteger & BitwiseCopyable>(
        _ type: Integer.Type, at index: Int
    ) throws(ReadError) -> Integer {
        let size = MemoryLayout<Integer>.size
        guard index >= 0, index < byteCount / size else { throw damaged("it has no entry \(index)") }
        let span = try bytes(index * size, size)
        return span.load(littleEndian: Integer.self, at: 0)
    }

    /// Compares all bytes with their checksums, even those that were checked before.
    func verify(_ checksum: UInt32) throws(ReadError) {
        let whole = unchecked
        for piece in 0..<pieceCount { try checkPiece(piece) }
        guard whole.crc32c() == checksum else { throw damaged("the checksum of the section is wrong") }
    }

    /// Compares all bytes with their checksums and returns how many pieces are damaged.
    func damagedPieceCount() -> Int {
        (0..<pieceCount).count { piece in
            do throws(ReadError) { try checkPiece(piece) } catch { return true }
            return false
        }
    }

    /// The error for bytes that do not make sense.
    func damaged(_ detail: String) -> ReadError {
        damage.note(.damaged(path: path, detail: "\(kind.title): \(detail)"))
    }

    private var pieceCount: Int { (byteCount + BlockFormat.checkedByteCount - 1) / BlockFormat.checkedByteCount }

    private func checkPiece(_ piece: Int) throws(ReadError) {
        let start = piece * BlockFormat.checkedByteCount
        let count = min(BlockFormat.checkedByteCount, byteCount - start)
        guard unchecked.extracting(start..<(start + count)).crc32c() == checksums[firstPiece + piece] else {
            let offset = fileOffset + UInt64(start)
            throw damage.note(
                .damaged(
                    path: path,
                    detail: "\(kind.title): the checksum of \(count) bytes at \(offset) is wrong"),
                DamagedPart(.index, offset: offset, byteCount: UInt64(count)))
        }
    }
}
