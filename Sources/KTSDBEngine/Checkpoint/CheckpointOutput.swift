/// A file of a checkpoint that is being written: pieces, each followed by a checksum that continues the one before it.
///
/// After a failed call the file takes no more. Used by one thread at a time.
final class CheckpointOutput {
    /// How many bytes are handed to the system at once.
    private static let batchByteCount = 1 << 17

    let path: String
    private let file: any WritableFile
    /// The length of what earlier checkpoints have in the file, in bytes.
    private let keptByteCount: UInt64
    private var buffer = FieldBuffer(capacity: 2 * batchByteCount)
    /// Where, in the buffer, the piece begins whose bytes are not in the checksum yet.
    private var unchecked = 0
    /// The checksum of all bytes so far, except the checksums themselves.
    private(set) var checksum: UInt32
    private var flushed: UInt64

    /// Creates the file, in place of one that an earlier attempt may have left.
    init(creating path: String, _ files: any FileSystem) throws(FileError) {
        if try files.exists(path) { try files.remove(path) }
        self.path = path
        file = try files.create(path)
        checksum = 0
        flushed = 0
        keptByteCount = 0
    }

    /// Continues a file after its first `byteCount` bytes; what follows them is cut off.
    init(continuing path: String, at byteCount: UInt64, checksum: UInt32, _ files: any FileSystem) throws(FileError) {
        self.path = path
        file = try files.openForAppending(path)
        self.checksum = checksum
        flushed = byteCount
        keptByteCount = byteCount
        if file.byteCount > byteCount { try file.truncate(to: byteCount) }
        guard file.byteCount == byteCount else {
            throw FileError(
                path: path, operation: "continue", code: 5,
                detail: "\(file.byteCount) bytes where \(byteCount) were written")
        }
    }

    deinit { file.close() }

    /// The file's length when everything is written.
    var byteCount: UInt64 { flushed + UInt64(buffer.count) }

    /// Appends bytes to the piece.
    func append(_ bytes: RawSpan) throws(FileError) {
        buffer.append(bytes)
        try flushIfFull()
    }

    /// Lets `body` append to the piece.
    func append(_ body: (inout FieldBuffer) -> Void) throws(FileError) {
        body(&buffer)
        try flushIfFull()
    }

    /// Ends the piece with its checksum.
    func endPiece() throws(FileError) {
        updateChecksum()
        buffer.append(littleEndian: checksum)
        unchecked = buffer.count
        try flushIfFull()
    }

    /// Writes what is left and makes the file durable.
    func finish() throws(FileError) {
        try flush()
        try file.sync()
    }

    private func updateChecksum() {
        checksum = buffer.bytes.extracting(unchecked..<buffer.count).crc32c(continuing: checksum)
        unchecked = buffer.count
    }

    private func flushIfFull() throws(FileError) {
        if buffer.count >= Self.batchByteCount { try flush() }
    }

    /// Writes what is left, so that the file has the room it needs; it is not durable yet.
    func flush() throws(FileError) {
        updateChecksum()
        do throws(FileError) { try file.writeAll(buffer.bytes) } catch {
            // On a full disk, a useless part would take the room that giving up an older checkpoint frees.
            try? file.truncate(to: keptByteCount)
            throw error.path.isEmpty ? error.at(path) : error
        }
        flushed += UInt64(buffer.count)
        buffer.removeAll()
        unchecked = 0
    }
}
