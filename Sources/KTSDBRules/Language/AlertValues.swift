/// The values of an alert that templates of annotations can read besides `$value`.
public struct AlertValues: Hashable, Sendable {
    /// `.FiredValue`: the value when the alert began to fire; nil before that.
    public var fired: Double?
    /// `.ResolvedValue`: the value that the expression compares when the alert was resolved; nil before that, or if it
    /// is unknown.
    public var resolved: Double?

    /// Creates values.
    public init(fired: Double? = nil, resolved: Double? = nil) {
        self.fired = fired
        self.resolved = resolved
    }

    static let firedField = "FiredValue", resolvedField = "ResolvedValue"

    /// Whether a text may read one of them.
    static func areRead(by text: String) -> Bool {
        text.contains("." + firedField) || text.contains("." + resolvedField)
    }
}
