internal import KTSDBModel

/// The memory that decoding integers needs besides room for them.
struct IntegerWorkspace: ~Copyable, ~Escapable {
    /// Residuals, or fields while they are unpacked.
    var residuals: MutableSpan<Int64>
    /// Numbers from a stream of symbols.
    var symbols: MutableSpan<Int8>
}

/// The memory that decoding an adaptive column needs besides room for its values.
struct AdaptiveWorkspace: ~Copyable, ~Escapable {
    var integers: IntegerWorkspace
    /// The integers of patterns, or the distances of near decimals.
    var adjustments: MutableSpan<Int64>
}

/// The memory that decoding a column needs besides room for its values. ``Column/append(decoding:_:)`` takes it from
/// the end of the output, without an allocation.
struct ColumnWorkspace: ~Copyable, ~Escapable {
    private static let room = IntegerColumn.maximumCount + ColumnKernels.slack
    private static let symbolWords = (IntegerColumn.maximumCount + 3 * ColumnKernels.slack) / 8
    /// The 64-bit words of a workspace.
    static let wordCount = 3 * room + symbolWords

    var adaptive: AdaptiveWorkspace
    /// The differences of a bucket while they are added to the smaller ones.
    var differences: MutableSpan<Double>

    /// Divides `words`, of which there are at least ``wordCount``, whatever is in them.
    @_lifetime(copy words)
    init(_ words: consuming MutableSpan<Int64>) {
        precondition(words.count >= Self.wordCount, "A workspace has \(Self.wordCount) words, not \(words.count).")
        // SAFETY: the four parts are disjoint and within the words, which only this value may use from now on; any bits
        // are a valid integer, double or byte.
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
    /// Appends `count` elements of eight bytes that `decode` writes. It gets memory for them, whatever is in it, and a
    /// workspace. If it returns false, the column is as before.
    @inline(__always)
    mutating func append(
        decoding count: Int, _ decode: (inout MutableSpan<Element>, inout ColumnWorkspace) -> Bool
    ) -> Bool {
        precondition(
            MemoryLayout<Element>.size == 8, "A column of \(MemoryLayout<Element>.size) bytes has no workspace.")
        let before = self.count
        // SAFETY: there is room for the elements and the workspace after them, which are disjoint, and nothing else
        // uses that memory meanwhile; any bits are a valid element of either.
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
