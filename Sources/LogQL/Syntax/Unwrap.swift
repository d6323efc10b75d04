/// `| unwrap duration(latency) | __error__=""`.
public struct Unwrap: Sendable {
    /// How the label's text becomes a number.
    public enum Conversion: String, Sendable {
        case none = "", bytes, duration, durationSeconds = "duration_seconds"
    }

    /// The label.
    public var label: String
    /// How its text becomes a number.
    public var conversion: Conversion
    /// Filters of the sample's labels, after the conversion.
    public var filters: [LabelFilter]

    /// Creates an unwrap stage.
    public init(_ label: String, conversion: Conversion = .none, filters: [LabelFilter] = []) {
        self.label = label
        self.conversion = conversion
        self.filters = filters
    }
}
