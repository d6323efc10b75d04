/// The reason why a configuration is refused, in Alertmanager's words.
package struct NotifierConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }
}
