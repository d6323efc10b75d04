/// The reason why a text is not in Prometheus' text format, in the words of its parser.
struct MetricTextError: Error, Hashable, Sendable, CustomStringConvertible {
    var line: Int
    var message: String
    var description: String { "text format parsing error in line \(line): \(message)" }
}
