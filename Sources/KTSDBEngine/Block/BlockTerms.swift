internal import KTSDBModel

/// A value of a label in a block, and where the numbers of its series are.
package struct BlockTerm: Hashable, Sendable {
    /// How many series have it.
    var seriesCount: Int
    /// For the form `single`, the number of the series; otherwise the offset of the list in the postings.
    var first: UInt64
    var byteCount: Int
    var form: EncodedPostings.Form
}
