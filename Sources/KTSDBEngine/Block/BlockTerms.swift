internal import KTSDBModel

/// One value of one label in a block, and where the numbers of its series are.
package struct BlockTerm: Hashable, Sendable {
    /// How many series have it.
    var seriesCount: Int
    /// The series' number, if it is one; otherwise where in the postings the list starts and its length.
    var first: UInt64
    var byteCount: Int
    var form: EncodedPostings.Form
}
