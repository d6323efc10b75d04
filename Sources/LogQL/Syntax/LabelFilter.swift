/// A filter on the labels of a line.
public indirect enum LabelFilter: Sendable {
    /// `level="error"`, `path=~"/api/.*"`.
    case text(TextMatcher)
    /// `status >= 500`.
    case number(String, NumericComparison, Double)
    /// `latency > 1.5s`; nanoseconds.
    case duration(String, NumericComparison, Int64)
    /// `size < 20KB`; bytes.
    case bytes(String, NumericComparison, UInt64)
    /// `client = ip("10.0.0.0/8")`; `isNegated` for `!=`.
    case address(String, isNegated: Bool, String)
    /// `a="b", c="d"`, `a="b" c="d"` and `a="b" and c="d"`.
    case and(LabelFilter, LabelFilter)
    /// `a="b" or c="d"`.
    case or(LabelFilter, LabelFilter)
}

/// A comparison of numbers, durations and sizes. `=` is read as `==`.
public enum NumericComparison: String, Hashable, Sendable {
    case equal = "==", notEqual = "!="
    case greater = ">", greaterOrEqual = ">="
    case less = "<", lessOrEqual = "<="
}
