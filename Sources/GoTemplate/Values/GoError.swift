/// An error of a function, with the text that Go would show.
public struct GoError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The text.
    public let message: String

    /// Makes an error.
    public init(_ message: String) { self.message = message }

    /// The text.
    public var description: String { message }
}
