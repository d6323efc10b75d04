/// The reason why a scrape body in protobuf cannot be read.
package struct MessageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The place in the body: the number of bytes before the message or the metric.
    package var offset: Int
    package var message: String

    package init(offset: Int, message: String) {
        self.offset = offset
        self.message = message
    }

    /// `byte 12: the problem`.
    package var description: String { "byte \(offset): \(message)" }
}
