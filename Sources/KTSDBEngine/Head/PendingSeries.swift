internal import KTSDBModel

/// Label sets to be resolved together: their string forms, end to end, and their fingerprints.
struct PendingSeries: ~Copyable {
    private var arena = ByteArena()
    private var ends = Column<Int>()
    private var hashes = Column<UInt64>()
    /// The keys under which the raw label cache will hold them, each with the label set's index here.
    private(set) var rawLabels: [(index: Int, key: RawLabelKey)] = []

    var count: Int {
        @inline(__always) get { ends.count }
    }

    /// The fingerprints of the label sets.
    var fingerprints: Span<UInt64> {
        @_lifetime(borrow self)
        borrowing get { hashes.span }
    }

    /// The string form of a label set.
    @inline(__always)
    @_lifetime(borrow self)
    func stringForm(_ index: Int) -> Span<UInt8> {
        arena.span.extracting((index == 0 ? 0 : ends[index &- 1])..<ends[index])
    }

    mutating func append(_ stringForm: Span<UInt8>, fingerprint: UInt64) {
        arena.append(stringForm.rawBytes)
        ends.append(arena.count)
        hashes.append(fingerprint)
    }

    /// Has the last label set cached under `key`.
    mutating func keep(under key: RawLabelKey) { rawLabels.append((count - 1, key)) }

    /// Whether the last label set has this string form.
    @inline(__always)
    func endsWith(_ form: Span<UInt8>) -> Bool { count > 0 && stringForm(count &- 1).isEqual(to: form) }
}
