public import KTSDBModel

/// What a query reads from: a log store, or a list in a test.
public protocol LogSource: Sendable {
    /// Reads the entries of all streams that match, in the order of time, and passes them on in batches.
    ///
    /// Entries of one stream at equal times keep the order in which they arrived, and come the other way round
    /// backward. Entries that are equal in stream, time, text and metadata come once. The order of entries at equal
    /// times in different streams is the source's, but the same each time.
    /// - Parameters:
    ///   - matchers: a stream must match all of them; at least one.
    ///   - range: nanoseconds since 1970; the end is not included.
    ///   - direction: whether the oldest or the newest entry comes first.
    ///   - body: gets each batch, and returns whether it wants another one. Batches of some hundred entries let it
    ///     notice soon that it has enough.
    /// - Throws: what `body` throws, or a ``LogQLError`` of the kind `storage`.
    func read(
        _ matchers: [TextMatcher], in range: Range<Int64>, _ direction: LogDirection,
        _ body: ([LogLine]) throws(LogQLError) -> Bool
    ) throws(LogQLError)

    /// Returns the labels of the streams that match all of `matchers` and may have entries in `range` (nanoseconds
    /// since 1970, the end not included), sorted. Without matchers, those of all streams.
    func streams(_ matchers: [TextMatcher], in range: Range<Int64>) throws(LogQLError) -> [Labels]

    /// Returns the names of the labels of those streams, sorted.
    func labelNames(_ matchers: [TextMatcher], in range: Range<Int64>) throws(LogQLError) -> [String]

    /// Returns the values that a label has in those streams, sorted.
    func labelValues(
        of name: String, _ matchers: [TextMatcher], in range: Range<Int64>
    ) throws(LogQLError) -> [String]
}

extension LogSource {
    /// Returns the names, found by reading the labels of the streams.
    public func labelNames(_ matchers: [TextMatcher], in range: Range<Int64>) throws(LogQLError) -> [String] {
        var names: Set<String> = []
        for labels in try streams(matchers, in: range) { for label in labels { names.insert(label.name) } }
        return names.sorted()
    }

    /// Returns the values, found by reading the labels of the streams.
    public func labelValues(
        of name: String, _ matchers: [TextMatcher], in range: Range<Int64>
    ) throws(LogQLError) -> [String] {
        Set(try streams(matchers, in: range).compactMap { $0[name] }).sorted()
    }
}

/// The order in which entries are read.
public enum LogDirection: String, Hashable, Sendable {
    /// The oldest first.
    case forward
    /// The newest first.
    case backward
}
