internal import KTSDBConfiguration
internal import KTSDBModel
internal import PrometheusWire

/// The file to which each query is written when it has ended, one JSON object per line, in the format of Prometheus'
/// query log.
///
/// `global.query_log_file` names the file. It is opened again whenever the configuration is loaded, so that it can be
/// moved away before. A line that cannot be written is lost and counted; the query is answered all the same.
package final class QueryLog: Sendable {
    private let file = AppendedFile()

    package init() {}

    /// Appends to the file `path` from now on; nil turns the log off.
    /// - Returns: Why the file cannot be opened, in the system's words; the old file stays in use then.
    package func open(_ path: String?) -> String? { file.open(path) }

    /// The number of lines that could not be written, or not completely.
    var failureCount: Int { file.failureCount }

    var isOpen: Bool { file.isOpen }

    /// Writes one line.
    func write(_ entry: QueryLogEntry, _ cost: QueryCost, error: String?) {
        if isOpen { file.write(Self.line(entry, cost, error: error, at: .now)) }
    }

    /// RFC 3339 with three decimals, even if they are zeros.
    private static func date(_ time: Timestamp) -> String {
        let text = RFC3339.format(time)
        return text.contains(".") ? text : text.dropLast() + ".000Z"
    }

    static func line(_ entry: QueryLogEntry, _ cost: QueryCost, error: String?, at time: Timestamp) -> String {
        var json = JSONWriter()
        json.object { json in
            json.member("time", RFC3339.format(time))
            json.member("level", "INFO")
            json.member("msg", "promql query logged")
            json.object("params") {
                $0.member("end", date(entry.end))
                $0.member("query", entry.text)
                $0.member("start", date(entry.start))
                $0.member("step", Int(entry.step.components.seconds))
            }
            if let error { json.member("error", error) }
            json.key("stats")
            json.statistics(cost, start: entry.start, step: entry.step)
            json.object("httpRequest") {
                $0.member("clientIP", entry.client)
                $0.member("method", entry.method)
                $0.member("path", entry.path)
            }
        }
        return json.text
    }
}
