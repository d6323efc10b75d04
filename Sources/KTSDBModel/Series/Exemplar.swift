/// One of the observations that a sample counts, usually a request whose trace its labels identify.
public struct Exemplar: Hashable, Sendable, Codable {
    /// The exemplar's labels, such as `trace_id`; not those of its series. At most ``labelCharacterLimit`` characters
    /// in total.
    public var labels: Labels
    /// The observed value.
    public var value: Double
    /// The time of the observation; nil means that of the sample that it came with.
    public var timestamp: Timestamp?

    /// The largest total number of Unicode scalars in the names and values of an exemplar's labels.
    public static let labelCharacterLimit = 128

    /// Creates an exemplar.
    public init(labels: Labels, value: Double, timestamp: Timestamp? = nil) {
        self.labels = labels
        self.value = value
        self.timestamp = timestamp
    }

    /// Whether labels with this well-formed string form are too long for an exemplar. Reads all bytes.
    package static func isTooLong(_ stringForm: Span<UInt8>) -> Bool {
        var position = 0, characters = 0
        while position < stringForm.count {
            var length = Int(stringForm[position])
            position += 1
            // A field of 255 bytes or more may still be short enough, if its characters take several bytes.
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

    /// An upper bound in bytes of the string form of an exemplar's labels: 128 characters of up to four bytes, and the
    /// lengths of names and values.
    package static let stringFormByteLimit = 1024
}

/// The exemplars of one series, ascending in time.
public struct SeriesExemplars: Hashable, Sendable {
    /// The labels of the series.
    public var labels: Labels
    /// The exemplars, all with timestamps.
    public var exemplars: [Exemplar]

    /// Creates the exemplars of a series.
    public init(labels: Labels, exemplars: [Exemplar]) {
        self.labels = labels
        self.exemplars = exemplars
    }
}
