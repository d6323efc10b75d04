/// The bytes of the write-ahead log: FORMAT.md, section 3.
enum LogFormat {
    /// The version of segments and of frames.
    static let version: UInt8 = 1
    /// The longest body that is written, in bytes; a longer one is taken for damage.
    static let bodyByteLimit = 1 << 30

    /// Returns the initial value of a segment's header checksums, so that no frame of another segment or database is
    /// valid in it.
    static func seed(databaseID: UInt64, segment: UInt64) -> UInt32 {
        var buffer = FieldBuffer()
        buffer.append(littleEndian: databaseID)
        buffer.append(littleEndian: segment)
        return buffer.bytes.crc32c()
    }
}
