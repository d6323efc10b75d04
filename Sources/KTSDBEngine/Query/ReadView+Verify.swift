public import KTSDBModel

extension ReadView {
    /// Reads all blocks whole, compares all checksums, and checks that the parts of each block agree.
    ///
    /// It takes as long as reading and decoding every stored sample. Samples in memory are not looked at.
    /// - Throws: `ReadError` for the first damage, or when a block cannot be read.
    public func verify() throws(ReadError) {
        for block in content.blocks(in: .earliest ... .latest) { try block.verify() }
    }
}
