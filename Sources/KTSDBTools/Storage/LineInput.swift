internal import CLibrary
internal import KTSDBHTTP
internal import KTSDBModel
internal import NIOCore

/// Reads a file, or standard input, line by line. A name that ends in `.gz` or `.zst` is unpacked; the packed bytes are
/// in memory as a whole.
package final class LineInput {
    /// The longest line, in bytes.
    package static let lineByteLimit = 64 << 20

    private let name: String
    private let descriptor: Int32
    private var unpack: ((inout ByteBuffer) throws(StorageProblem) -> Bool)?
    private var buffer: [UInt8] = []
    private var position = 0
    private var isAtEnd = false
    /// The number of the last line that was returned, from 1.
    package private(set) var line = 0
    /// Bytes read from the file so far, and its length if it is known.
    package private(set) var readBytes = 0
    package let totalBytes: Int?

    /// Opens a file; `-` is standard input.
    package init(_ path: String) throws(StorageProblem) {
        name = path == "-" ? "standard input" : path
        guard path != "-" else {
            (descriptor, totalBytes) = (STDIN_FILENO, nil)
            return
        }
        descriptor = SystemCall.openFile(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("open", path) }
        if SystemCall.isDirectory(path) { throw StorageProblem("\(path) is a directory") }
        var status = stat()
        totalBytes = SystemCall.fileStatus(path, &status) == 0 ? Int(status.st_size) : nil
        if path.hasSuffix(".gz") {
            let reader = GzipReader(try packed())
            unpack = { output throws(StorageProblem) in
                do throws(GzipError) { return try reader.read(1 << 20, into: &output) } catch {
                    throw StorageProblem("\(path): \(error)")
                }
            }
        } else if path.hasSuffix(".zst") {
            let reader = ZstdReader(try packed())
            unpack = { output throws(StorageProblem) in
                do throws(ZstdError) { return try reader.read(1 << 20, into: &output) } catch {
                    throw StorageProblem("\(path): \(error)")
                }
            }
        }
    }

    deinit { if descriptor != STDIN_FILENO { close(descriptor) } }

    private func packed() throws(StorageProblem) -> ByteBuffer {
        var all = ByteBuffer()
        while case let piece = try piece(), !piece.isEmpty { all.writeBytes(piece) }
        return all
    }

    private func piece() throws(StorageProblem) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            var span = bytes.mutableSpan
            var raw = span.rawMutableBytes
            let count = SystemCall.readBytes(descriptor, into: &raw)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .system("read", name) }
            readBytes += count
            bytes.removeLast(bytes.count - count)
            return bytes
        }
    }

    /// Returns the next line without its end; nil after the last.
    package func next() throws(StorageProblem) -> [UInt8]? {
        var searched = position
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { position = end + 1 }
                line += 1
                let last = end > position && buffer[end - 1] == 13 ? end - 1 : end
                return Array(buffer[position..<last])
            }
            if isAtEnd {
                guard position < buffer.count else { return nil }
                defer { position = buffer.count }
                line += 1
                return Array(buffer[position...])
            }
            guard buffer.count - position <= Self.lineByteLimit else {
                throw StorageProblem("\(name): line \(line + 1) has more than \(Self.lineByteLimit) bytes")
            }
            buffer.removeFirst(position)
            position = 0
            searched = buffer.count
            if let unpack {
                var output = ByteBuffer()
                isAtEnd = try !unpack(&output)
                buffer += output.readableBytesView
            } else {
                let bytes = try piece()
                isAtEnd = bytes.isEmpty
                buffer += bytes
            }
        }
    }
}
