/// Why a LogQL query is refused, or has failed.
///
/// The texts are Loki's, because clients show them and some compare them.
public struct LogQLError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of failure it is; a server answers each with a status of its own.
    public enum Kind: Hashable, Sendable {
        /// The text is not a query.
        case syntax
        /// The query cannot be run: a limit, a stage that does not compile, lines with errors in a metric query.
        case invalidQuery
        /// Series of a binary operation match more than one series. Loki answers 500.
        case matching
        /// The query asks for what is switched off. Loki answers 500.
        case notEnabled
        /// Stored lines cannot be read.
        case storage
        /// The time limit has passed.
        case timeout
        /// The client is gone.
        case cancelled
    }

    /// What kind of failure it is.
    public var kind: Kind
    /// The text that a client sees.
    public var description: String

    /// Creates an error.
    public init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
