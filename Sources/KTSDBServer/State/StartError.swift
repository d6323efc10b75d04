/// The reason why the server did not start, in one line.
public struct StartError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What happened, where, and what to do.
    public let description: String

    package init(_ description: String) { self.description = description }
}
