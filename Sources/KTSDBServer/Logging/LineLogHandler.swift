package import KTSDBModel
public import Logging
internal import PrometheusWire

/// The format of log lines.
public enum LogLineFormat: String, CaseIterable, Sendable {
    /// `time=… level=INFO msg="…" key=value`.
    case logfmt
    /// One JSON object a line.
    case json
}

/// Writes one line to standard error for each message.
public struct LineLogHandler: LogHandler {
    /// The lowest level that is written.
    public var logLevel: Logger.Level
    /// Metadata that is written with every message.
    public var metadata: Logger.Metadata = [:]
    private let format: LogLineFormat
    private let start: StartLog

    /// Creates a handler whose lines go to `start`.
    public init(format: LogLineFormat, level: Logger.Level, start: StartLog) {
        self.format = format
        self.start = start
        logLevel = level
    }

    /// The key of the number that Hummingbird gives to each request. No line shows it, so it is not kept: that would
    /// cost an allocation or two for each request.
    private static let requestNumber = "hb.request.id"

    /// The metadata value for a key.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { if key != Self.requestNumber { metadata[key] = newValue } }
    }

    /// Writes a message.
    public func log(event: LogEvent) {
        let line = line(level: event.level, message: "\(event.message)", metadata: event.metadata ?? [:], at: .now)
        start.take(Array(line.utf8))
    }

    package func line(level: Logger.Level, message: String, metadata extra: Logger.Metadata, at time: Timestamp)
        -> String
    {
        let pairs = metadata.merging(extra) { $1 }.filter { $0.key != Self.requestNumber }.sorted { $0.key < $1.key }
        let fields =
            [("time", RFC3339.format(time)), ("level", Self.name(of: level)), ("msg", message)]
            + pairs.map { ($0.key, "\($0.value)") }
        switch format {
        case .logfmt: return fields.map { "\($0)=\(Self.logfmt($1))" }.joined(separator: " ") + "\n"
        case .json:
            var json = JSONWriter()
            json.object { json in for (key, value) in fields { json.member(named: key, value) } }
            return json.text + "\n"
        }
    }

    private static func name(of level: Logger.Level) -> String {
        switch level {
        case .trace, .debug: "DEBUG"
        case .info, .notice: "INFO"
        case .warning: "WARN"
        case .error, .critical: "ERROR"
        }
    }

    private static func logfmt(_ value: String) -> String {
        let needsQuotes = value.isEmpty || value.utf8.contains { $0 <= 0x20 || $0 == 0x22 || $0 == 0x3D || $0 == 0x7F }
        return needsQuotes ? goQuoted(value) : value
    }
}
