/// The reason why a text is not a matcher, in Alertmanager's words.
package struct MatcherError: Error, Hashable, Sendable, CustomStringConvertible {
    package var description: String

    init(_ description: String) { self.description = description }
}
