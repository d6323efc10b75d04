/// How the values of one series in one block, up to 1024 of them, are stored.
///
/// A number is never given to another kind, and a new kind raises the block format's version.
package enum ValueColumnKind: UInt8, Sendable {
    /// All values have the same bits, which stand in the series directory.
    case constant = 1
    /// The values in a page: 64 bits for the first, ``XORCode`` for each further one.
    case xor = 2
    /// An ``AdaptiveColumn`` in a page.
    case adaptive = 3
    /// A bucket of a classic histogram: the sum of the first columns of a ``BucketFamily``, which are one behind the
    /// other in a page.
    case bucket = 4
    /// Native histograms: their layout in the series directory, each of their numbers as an ``AdaptiveColumn`` in a
    /// page.
    case histograms = 5
}
