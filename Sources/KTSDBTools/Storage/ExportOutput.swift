internal import CLibrary
internal import KTSDBHTTP
internal import NIOCore

/// Where an export goes: standard output, or a file that gets its name when it is complete. A name that ends in `.gz`
/// is compressed.
package final class ExportOutput {
    private let path: String?
    private let descriptor: Int32
    private let compressor: Compressor?
    private var buffer: [UInt8] = []
    /// The bytes written so far, before compression.
    package private(set) var byteCount = 0
    private static let pieceByteCount = 64 << 10

    /// Creates the output; standard output if `path` is nil.
    package init(_ path: String?) throws(StorageProblem) {
        self.path = path
        guard let path else {
            (descriptor, compressor) = (STDOUT_FILENO, nil)
            return
        }
        compressor = path.hasSuffix(".gz") ? Compressor(.gzip) : nil
        descriptor = SystemCall.openFile(path + ".tmp", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("create", path) }
    }

    /// Writes a text.
    package func write(_ text: String) throws(StorageProblem) { try write(Array(text.utf8)) }

    /// Writes bytes.
    package func write(_ bytes: [UInt8]) throws(StorageProblem) {
        buffer += bytes
        byteCount += bytes.count
        if buffer.count >= Self.pieceByteCount { try flush() }
    }

    private func flush() throws(StorageProblem) {
        if let compressor {
            try put(Array(buffer: compressor.compress(ByteBuffer(bytes: buffer))))
        } else {
            try put(buffer)
        }
        buffer.removeAll(keepingCapacity: true)
    }

    private func put(_ bytes: [UInt8]) throws(StorageProblem) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = SystemCall.writeBytes(descriptor, Array(rest))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .system("write", path ?? "standard output") }
            rest = rest.dropFirst(count)
        }
    }

    /// Writes what is left, and gives the file its name.
    package func finish() throws(StorageProblem) {
        try flush()
        if let compressor { try put(Array(buffer: compressor.finish())) }
        guard let path else { return }
        guard fsync(descriptor) == 0 else { throw .system("sync", path) }
        close(descriptor)
        guard SystemCall.renameFile(path + ".tmp", to: path) == 0 else { throw .system("rename", path) }
    }

    /// Removes what was written to a file.
    package func discard() {
        guard let path else { return }
        close(descriptor)
        _ = SystemCall.removeFile(path + ".tmp")
    }
}
