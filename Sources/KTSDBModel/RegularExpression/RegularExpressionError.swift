/// The reason why a pattern could not be compiled.
public struct RegularExpressionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The problem, in the words of Go's package `regexp/syntax`.
    public let message: String
    /// The part of the pattern with the problem.
    public let fragment: String
    /// `error parsing regexp: MESSAGE: `FRAGMENT``, as Go prints it.
    public var description: String { "error parsing regexp: \(message): `\(fragment)`" }
}
