/// `by (a, b)` or `without (a, b)`.
public struct LabelGrouping: Hashable, Sendable {
    /// In the order of the text.
    public var labels: [String]
    /// Whether it is `without`.
    public var isWithout: Bool

    /// Creates a grouping.
    public init(_ labels: [String], isWithout: Bool = false) {
        self.labels = labels
        self.isWithout = isWithout
    }
}
