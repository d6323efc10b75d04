/// One observation out of those that a sample counts: usually the trace of a request, named by labels.
public struct Exemplar: Hashable, Sendable, Codable {
    /// What it was, such as `trace_id`; not the labels of the series. At most ``labelCharacterLimit`` characters
    /// together.
    public var labels: Labels
    /// What was observed.
    public var value: Double
    /// When; nil if nobody said so, which stands for the time of the sample that it came with.
    public var timestamp: Timestamp?

    /// Unicode characters that the names and values of an exemplar's labels may have together.
    public static let labelCharacterLimit = 128

    /// Creates an exemplar.
    public init(labels: Labels, value: Double, timestamp: Timestamp? = nil) {
        self.labels = labels
        self.value = value
        self.timestamp = timestamp
    }

    /// Whether labels with this well-formed string form are too long for an exemplar. Walks the bytes.
    package static func isTooLong(_ stringForm: Span<UInt8>) -> Bool {
        var position = 0, characters = 0
        while position < stringForm.count {
            var length = Int(stringForm[position])
            position += 1
            // A field of 255 bytes has too many characters, unless they take three bytes or four.
            if length == 255 {
                length =
                    Int(stringForm[position]) | Int(stringForm[position + 1]) << 8
                    | Int(stringForm[position + 2]) << 16
                position += 3
            }
            for index in position..<(position + length) where stringForm[index] & 0xc0 != 0x80 { characters += 1 }
            position += length
            if characters > labelCharacterLimit { return true }
        }
        return stringForm.count > stringFormByteLimit
    }

    /// Bytes that the labels' string form never has more of: 128 characters of four bytes, and the lengths of names and
    /// values.
    package static let stringFormByteLimit = 1024
}

/// The exemplars of one series, ascending in time.
public struct SeriesExemplars: Hashable, Sendable {
    /// The labels of the series.
    public var labels: Labels
    /// All with their timestamps.
    public var exemplars: [Exemplar]

    /// Creates the exemplars of a series.
    public init(labels: Labels, exemplars: [Exemplar]) {
        self.labels = labels
        self.exemplars = exemplars
    }
}
