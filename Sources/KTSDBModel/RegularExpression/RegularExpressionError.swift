/// Why a pattern could not be compiled.
public struct RegularExpressionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, in the words of Go's `regexp/syntax` package.
    public let message: String
    /// The part of the pattern it is about.
    public let fragment: String
    /// `error parsing regexp: MESSAGE: `FRAGMENT``, as Go prints it.
    public var description: String { "error parsing regexp: \(message): `\(fragment)`" }
}
