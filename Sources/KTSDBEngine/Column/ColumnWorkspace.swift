internal import KTSDBModel

/// Memory that decoding integers needs besides their place.
struct IntegerWorkspace: ~Copyable, ~Escapable {
    /// Residuals, or fields while they are unpacked.
    var residuals: MutableSpan<Int64>
    /// Numbers from a stream of symbols.
    var symbols: MutableSpan<Int8>
}

/// Memory that decoding an adaptive column needs besides the place of its values.
struct AdaptiveWorkspace: ~Copyable, ~Escapable {
    var integers: IntegerWorkspace
    /// The second integers of a column that has them.
    var adjustments: MutableSpan<Int64>
}

/// Memory that decoding a column needs besides the place of its values; never allocated for a single column.
struct ColumnWorkspace: ~Copyable, ~Escapable {
    private static let room = IntegerColumn.maximumCount + ColumnKernels.slack
    private static let symbolWords = (IntegerColumn.maximumCount + 3 * ColumnKernels.slack) / 8
    /// The number of 64-bit words that a workspace has.
    static let wordCount = 3 * room + symbolWords

    var adaptive: AdaptiveWorkspace
    /// The differences of a bucket while they are added to the smaller ones.
    var differences: MutableSpan<Double>

    /// Divides `words`, at least ``wordCount`` of them, whatever is in them.
    @_lifetime(copy words)
    init(_ words: consuming MutableSpan<Int64>) {
        precondition(words.count >= Self.wordCount, "A workspace has \(Self.wordCount) words, not \(words.count).")
        // SAFETY: the four parts are disjoint and within the words, which this value alone may use from now on; any
        // bits are an integer, a double or bytes.
        let base = unsafe words.withUnsafeMutableBufferPointer { $0.baseAddress! }
        let residuals = unsafe MutableSpan(_unsafeStart: base, count: Self.room)
        let adjustments = unsafe MutableSpan(_unsafeStart: base + Self.room, count: Self.room)
        let differences = unsafe MutableSpan<Double>(
            _unsafeStart: UnsafeMutableRawPointer(base + 2 * Self.room), byteCount: Self.room * 8)
        let symbols = unsafe MutableSpan<Int8>(
            _unsafeStart: UnsafeMutableRawPointer(base + 3 * Self.room), byteCount: Self.symbolWords * 8)
        let integers = unsafe IntegerWorkspace(
            residuals: _overrideLifetime(residuals, copying: words),
            symbols: _overrideLifetime(symbols, copying: words))
        adaptive = unsafe AdaptiveWorkspace(
            integers: integers, adjustments: _overrideLifetime(adjustments, copying: words))
        self.differences = unsafe _overrideLifetime(differences, copying: words)
    }
}

extension Column {
    /// Appends `count` elements of eight bytes that `decode` writes: it gets their place, in which anything may be, and
    /// a workspace. When it returns false the column is as it was before.
    @inline(__always)
    mutating func append(
        decoding count: Int, _ decode: (inout MutableSpan<Element>, inout ColumnWorkspace) -> Bool
    ) -> Bool {
        precondition(
            MemoryLayout<Element>.size == 8, "A column of \(MemoryLayout<Element>.size) bytes has no workspace.")
        let before = self.count
        // SAFETY: there is room for the elements and the workspace after them, which are disjoint, and whose memory is
        // no one else's meanwhile; any bits are an element of either.
        let start = unsafe unsafeExtend(by: count, extra: ColumnWorkspace.wordCount)
        var elements = unsafe MutableSpan(_unsafeStart: start, count: count)
        let words = unsafe MutableSpan<Int64>(
            _unsafeStart: UnsafeMutableRawPointer(start + count), byteCount: ColumnWorkspace.wordCount * 8)
        var workspace = ColumnWorkspace(words)
        let isWhole = decode(&elements, &workspace)
        if !isWhole { truncate(to: before) }
        return isWhole
    }
}
