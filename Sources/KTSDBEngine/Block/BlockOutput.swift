/// The file that a block is written to, from its first byte to its last. A failed call removes it.
final class BlockOutput {
    /// Bytes are handed to the system when at least this many are buffered.
    private static let batchByteCount = 1 << 16

    private let fileSystem: any FileSystem
    private let path: String
    /// nil once the file is finished or removed.
    private var file: (any WritableFile)?
    private var buffer = FieldBuffer(capacity: 2 * batchByteCount)
    private var flushed: UInt64 = 0

    /// Creates the file, which must not exist.
    init(_ fileSystem: any FileSystem, _ path: String) throws(FileError) {
        self.fileSystem = fileSystem
        self.path = path
        file = try fileSystem.create(path)
    }

    deinit { abandon() }

    /// The number of bytes appended so far: the offset in the file of the next ones.
    var offset: UInt64 { flushed + UInt64(buffer.count) }

    func append(_ bytes: RawSpan) throws(FileError) {
        buffer.append(bytes)
        if buffer.count >= Self.batchByteCount { try flush() }
    }

    /// Writes what is buffered, syncs the file and closes it.
    func finish() throws(FileError) {
        try flush()
        let file = try openFile()
        do throws(FileError) { try file.sync() } catch { throw abandon(after: error) }
        file.close()
        self.file = nil
    }

    /// Closes and removes the file unless it is finished.
    func abandon() {
        guard let file else { return }
        self.file = nil
        file.close()
        // A file that cannot be removed is not in the MANIFEST; the next start removes it.
        try? fileSystem.remove(path)
    }

    private func flush() throws(FileError) {
        let file = try openFile()
        do throws(FileError) { try file.writeAll(buffer.bytes) } catch { throw abandon(after: error) }
        flushed += UInt64(buffer.count)
        buffer.removeAll()
    }

    private func openFile() throws(FileError) -> any WritableFile {
        if let file { return file }
        throw FileError(path: path, operation: "write", code: 9, detail: "an earlier write of this block failed")
    }

    private func abandon(after error: FileError) -> FileError {
        abandon()
        guard error.path.isEmpty else { return error }
        return FileError(path: path, operation: error.operation, code: error.code, detail: error.detail)
    }
}
