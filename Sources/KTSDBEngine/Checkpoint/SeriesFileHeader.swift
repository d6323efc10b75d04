/// The header of a checkpoint's file of series, without its checksum.
struct SeriesFileHeader: FixedLayout, Hashable {
    static let byteCount = 28

    private(set) var version = CheckpointFormat.version
    var databaseID: UInt64 = 0
    /// The number of the checkpoint that began the file.
    var number: UInt64 = 0

    init() {}

    mutating func fields<Coder: FieldCoder & ~Copyable & ~Escapable>(_ coder: inout Coder) {
        coder.constant(0x5253_544b as UInt32)  // "KTSR"
        coder.field(&version)
        coder.field(&databaseID)
        coder.field(&number)
        coder.constant(0 as UInt32)
    }
}
