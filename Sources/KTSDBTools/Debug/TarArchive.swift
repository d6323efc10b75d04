internal import KTSDBHTTP
internal import NIOCore

/// An archive of files in the POSIX format `ustar`, compressed with gzip.
struct TarArchive: ~Copyable {
    private static let blockByteCount = 512
    /// The longest content of a file, in bytes: its size has eleven octal digits.
    static let sizeLimit = 1 << 33 - 1
    /// The longest name of a file, in bytes.
    static let nameLimit = 100

    private let compressor = Compressor(.gzip)
    private(set) var bytes: [UInt8] = []

    /// Adds a file.
    /// - Precondition: The name has at most ``nameLimit`` bytes, and the content at most ``sizeLimit``.
    mutating func add(_ name: String, _ content: [UInt8], seconds: Int64) {
        precondition(name.utf8.count <= Self.nameLimit, "\(name) is longer than \(Self.nameLimit) bytes.")
        precondition(content.count <= Self.sizeLimit, "\(name) has \(content.count) bytes.")
        write(Self.header(name, size: content.count, seconds: seconds))
        write(content)
        write([UInt8](repeating: 0, count: Self.padding(content.count)))
    }

    /// Ends the archive and returns its bytes.
    consuming func finished() -> [UInt8] {
        write([UInt8](repeating: 0, count: 2 * Self.blockByteCount))
        return bytes + Array(compressor.finish().readableBytesView)
    }

    private mutating func write(_ content: [UInt8]) {
        guard !content.isEmpty else { return }
        bytes += compressor.compress(ByteBuffer(bytes: content)).readableBytesView
    }

    private static func padding(_ size: Int) -> Int { (blockByteCount - size % blockByteCount) % blockByteCount }

    /// Returns the block before a file: name, mode, owner, size, time, checksum and type, all as text.
    private static func header(_ name: String, size: Int, seconds: Int64) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: blockByteCount)
        func put(_ text: String, _ place: Int) {
            block.replaceSubrange(place..<(place + text.utf8.count), with: text.utf8)
        }
        put(name, 0)
        put("0000644\0", 100)
        put("0000000\0", 108)
        put("0000000\0", 116)
        put(octal(Int64(size), digits: 11), 124)
        put(octal(min(max(seconds, 0), 0o77777777777), digits: 11), 136)
        put("        ", 148)
        put("0", 156)
        put("ustar\0" + "00", 257)
        let sum = block.reduce(Int64(0)) { $0 + Int64($1) }
        put(octal(sum, digits: 6) + "\0 ", 148)
        return block
    }

    private static func octal(_ value: Int64, digits: Int) -> String {
        let text = String(value, radix: 8)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}
