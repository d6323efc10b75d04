/// The header of a checkpoint's file of samples, without its checksum.
struct SamplesHeader: FixedLayout, Hashable {
    static let byteCount = 72

    private(set) var version = CheckpointFormat.version
    var databaseID: UInt64 = 0
    var number: UInt64 = 0
    /// The last commit whose samples are in the checkpoint.
    var sequence: UInt64 = 0
    /// The commits up to this one were in blocks; the samples are those of later commits.
    var sealedThrough: UInt64 = 0
    /// The newest timestamp ever stored; `Int64.min` before the first sample.
    var newest = Int64.min
    /// The times that the samples span; without samples, the first is higher than the second.
    var openMinTime = Int64.max, openMaxTime = Int64.min
    /// When the first of the samples arrived, by the wall clock; `Int64.min` without samples.
    var openSince = Int64.min

    init() {}

    mutating func fields<Coder: FieldCoder & ~Copyable & ~Escapable>(_ coder: inout Coder) {
        coder.constant(0x5053_544b as UInt32)  // "KTSP"
        coder.field(&version)
        coder.field(&databaseID)
        coder.field(&number)
        coder.field(&sequence)
        coder.field(&sealedThrough)
        coder.field(&newest)
        coder.field(&openMinTime)
        coder.field(&openMaxTime)
        coder.field(&openSince)
    }

    /// Returns the header at the beginning of a file, if the checksum after it matches.
    static func checked(_ bytes: RawSpan) -> SamplesHeader? {
        var cursor = FieldCursor(byteCount..<max(byteCount, bytes.byteCount))
        guard let header = SamplesHeader(bytes),
            cursor.littleEndian(UInt32.self, in: bytes) == bytes.extracting(first: byteCount).crc32c()
        else { return nil }
        return header
    }
}
