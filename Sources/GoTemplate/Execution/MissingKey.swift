/// What the field of a map gives when the map has no such key: the option `missingkey`.
public enum MissingKey: String, Hashable, Sendable, CaseIterable {
    /// No value, which prints as `<no value>`.
    case `default`
    /// The zero of the map's type: an empty text, say.
    case zero
    /// An error.
    case error
}
