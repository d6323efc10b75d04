/// What a query cost.
public struct LogQueryStatistics: Hashable, Sendable {
    /// Lines that were read from the source, each time that the query reads them.
    public var linesProcessed = 0
    /// The bytes of their texts.
    public var bytesProcessed = 0
    /// The bytes of the names and values of their metadata.
    public var metadataBytesProcessed = 0
    /// Lines that passed all stages.
    public var linesPassed = 0
    /// Streams with lines that were read.
    public var streams = 0
    /// Lines in the answer; 0 for a metric query.
    public var entriesReturned = 0
    /// How long the query took.
    public var duration: Duration = .zero

    /// Nothing yet.
    public init() {}
}
