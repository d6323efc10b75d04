/// How a block stores the values of one series, up to 1024 of them (FORMAT.md, section 5).
///
/// No other kind ever gets the number of one, and a new kind raises the block format's version.
package enum ValueColumnKind: UInt8, Sendable {
    /// All values have the same bits, which are in the series directory.
    case constant = 1
    /// In a page: 64 bits for the first value, ``XORCode`` for each further one.
    case xor = 2
    /// An ``AdaptiveColumn`` in a page.
    case adaptive = 3
    /// A bucket of a classic histogram: the sum of the first columns of a ``BucketFamily``, which are adjacent in a
    /// page.
    case bucket = 4
    /// Native histograms: their layout in the series directory, each of their numbers as an ``AdaptiveColumn`` in a
    /// page.
    case histograms = 5
}
