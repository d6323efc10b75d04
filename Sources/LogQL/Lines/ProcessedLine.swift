public import KTSDBModel

/// A line after all stages of a query.
public struct ProcessedLine: Sendable {
    /// The text, which `line_format`, `unpack` and `decolorize` change.
    public var line: [UInt8]
    /// The labels that remain of the stream's.
    public var stream: Labels
    /// The labels that remain of the line's metadata, by their names in the result (`env_extracted`).
    public var metadata: Labels
    /// What parsers and formats have set, and the errors; takes the place of metadata and of the stream's labels.
    public var parsed: Labels
    /// The names of labels that a parser or a format has set to the empty text, sorted.
    ///
    /// A label set has no empty values, so these are apart. Log queries show them (`{missing=""}`), and lines with others
    /// are others; series of metric queries do not have them.
    public var emptyLabels: [String]
    /// The number that `unwrap` has made; 1 without one.
    public var value: Double

    /// Creates a line.
    public init(
        line: [UInt8], stream: Labels, metadata: Labels, parsed: Labels, emptyLabels: [String] = [], value: Double = 1
    ) {
        self.line = line
        self.stream = stream
        self.metadata = metadata
        self.parsed = parsed
        self.emptyLabels = emptyLabels
        self.value = value
    }
}
