/// The reason why a configuration is refused, in Alertmanager's words.
package struct NotifierConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    package var description: String
    /// The line of the file, from 1; nil if it is about no line, or not known.
    package var line: Int?

    package init(_ description: String, line: Int? = nil) {
        self.description = description
        self.line = line
    }

    /// The same error, about a line unless it names one.
    func at(_ line: Int?) -> NotifierConfigurationError {
        NotifierConfigurationError(description, line: self.line ?? line)
    }
}
