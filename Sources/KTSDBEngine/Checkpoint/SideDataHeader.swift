/// The header of a checkpoint's file of side data, without its checksum.
struct SideDataHeader: FixedLayout, Hashable {
    static let byteCount = 56

    private(set) var version = CheckpointFormat.version
    var databaseID: UInt64 = 0
    var number: UInt64 = 0
    /// The last commit that is in the file.
    var sequence: UInt64 = 0
    var exemplarCount: UInt64 = 0, metadataCount: UInt64 = 0, recordCount: UInt64 = 0

    init() {}

    mutating func fields<Coder: FieldCoder & ~Copyable & ~Escapable>(_ coder: inout Coder) {
        coder.constant(0x4e53_544b as UInt32)  // "KTSN"
        coder.field(&version)
        coder.field(&databaseID)
        coder.field(&number)
        coder.field(&sequence)
        coder.field(&exemplarCount)
        coder.field(&metadataCount)
        coder.field(&recordCount)
    }
}
