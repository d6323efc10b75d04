internal import KTSDBModel

/// The file of a block, open for reading. It throws ``ReadError``.
struct BlockFile: Sendable {
    let path: String
    /// Records the damage that readers meet.
    let damage: DamageLog
    private let file: any ReadableFile

    init(_ fileSystem: any FileSystem, _ path: String, damage: DamageLog) throws(ReadError) {
        self.path = path
        self.damage = damage
        do throws(FileError) { file = try fileSystem.open(path) } catch { throw ReadError(error, path) }
    }

    var byteCount: UInt64 { file.byteCount }

    /// Reads `count` bytes. Throws if the file has fewer.
    func read(at offset: UInt64, count: Int) throws(ReadError) -> PageBuffer {
        guard count >= 0, offset <= byteCount, UInt64(count) <= byteCount - offset else {
            throw damaged("\(count) bytes at \(offset) are not within its \(byteCount)")
        }
        let buffer = try PageBuffer(byteCount: count) { target throws(ReadError) in
            do throws(FileError) { return try file.read(at: offset, into: &target) } catch {
                throw damage.note(ReadError(error, path))
            }
        }
        guard buffer.byteCount == count else {
            throw damaged("it ends at \(offset + UInt64(buffer.byteCount)), within what should be there")
        }
        return buffer
    }

    /// Maps all bytes from `offset` on.
    func map(from offset: UInt64) throws(ReadError) -> MappedRegion {
        do throws(FileError) { return try file.map(at: offset, count: Int(byteCount - offset)) } catch {
            throw ReadError(error, path)
        }
    }

    /// The error for bytes that are not what was written.
    func damaged(_ detail: String, _ part: DamagedPart? = nil) -> ReadError {
        damage.note(.damaged(path: path, detail: detail), part)
    }
}

extension ReadError {
    init(_ error: FileError, _ path: String) {
        self = .file(path: error.path.isEmpty ? path : error.path, operation: error.operation, code: error.code)
    }
}

/// Bytes read from a file, followed by the zeros that decoders may read after them.
struct PageBuffer: ~Copyable {
    private static let padding = max(
        ValueColumn.readablePadding, TimeColumn.readablePadding, AdaptiveColumn.readablePadding)

    /// The bytes and the padding.
    private var arena: ByteArena

    /// Reads `byteCount` bytes, or as many as `read` returns.
    init<Failure: Error>(
        byteCount: Int, reading read: (inout MutableRawSpan) throws(Failure) -> Int
    ) throws(Failure) {
        arena = ByteArena(capacity: byteCount + Self.padding)
        try arena.append(upTo: byteCount, read)
        arena.append(repeating: 0, count: Self.padding)
    }

    /// The number of bytes that were read.
    var byteCount: Int { arena.count - Self.padding }

    var bytes: RawSpan {
        @_lifetime(borrow self)
        borrowing get { arena.bytes.extracting(first: byteCount) }
    }

    /// The bytes and the padding after them.
    var padded: RawSpan {
        @_lifetime(borrow self)
        borrowing get { arena.bytes }
    }

    var checksum: UInt32 { bytes.crc32c() }
}
