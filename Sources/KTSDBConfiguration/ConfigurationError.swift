/// The reason why a configuration file is refused, where, and what to do.
public struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file's path as it was given.
    public let file: String
    /// The line, counted from 1; nil if the error is about the whole file, for example because it cannot be read.
    public let line: Int?
    /// The problem, in one sentence.
    public let reason: String

    /// Creates an error about a line of a file.
    public init(file: String, line: Int?, reason: String) {
        self.file = file
        self.line = line
        self.reason = reason
    }

    /// Creates an error about a file that cannot be read, or is not text.
    package init(unreadable file: String, _ failure: LocalFile.Failure) {
        self.init(file: file, line: failure.line, reason: "cannot read: \(failure)")
    }

    /// `FILE:LINE: reason`, as compilers print it.
    public var description: String { line.map { "\(file):\($0): \(reason)" } ?? "\(file): \(reason)" }
}
