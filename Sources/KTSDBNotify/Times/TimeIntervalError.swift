/// The reason why a time interval is refused, in Alertmanager's words.
package struct TimeIntervalError: Error, Hashable, Sendable, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }
}
