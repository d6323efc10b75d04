public import KTSDBModel

/// A line of a log stream as a store holds it, before any stage of a query.
public struct LogLine: Sendable {
    /// The labels of its stream.
    public var stream: Labels
    /// Nanoseconds since 1970.
    public var time: Int64
    /// The text, byte by byte as it was pushed; usually UTF-8.
    public var line: [UInt8]
    /// Names and values that belong to this line alone, sorted by name; the level that was detected is among them.
    public var metadata: Labels

    /// Creates an entry.
    public init(stream: Labels, time: Int64, line: [UInt8], metadata: Labels = Labels()) {
        self.stream = stream
        self.time = time
        self.line = line
        self.metadata = metadata
    }
}
