/// The first bytes of a block, which repeat a part of its footer (FORMAT.md, section 5).
struct BlockHeader: FixedLayout, Hashable {
    static let byteCount = BlockFormat.headerByteCount

    private var number: UInt64 = 0, lastSequence: UInt64 = 0
    private var level: UInt8 = 0
    private var checksum: UInt32 = 0

    init() {}

    init(number: UInt64, lastSequence: UInt64, level: UInt8) {
        self.number = number
        self.lastSequence = lastSequence
        self.level = level
        var buffer = FieldBuffer()
        encode(into: &buffer)
        checksum = buffer.bytes.extracting(droppingLast: 4).crc32c()
    }

    mutating func fields<Coder: FieldCoder & ~Copyable & ~Escapable>(_ coder: inout Coder) {
        coder.constant(BlockFormat.headerMagic)
        coder.field(&number)
        coder.field(&lastSequence)
        coder.constant(BlockFormat.version)
        coder.field(&level)
        coder.constant(0 as UInt8)
        coder.field(&checksum)
    }
}
