/// What a bearer token may be used for.
package enum AccessScope: String, CaseIterable, Sendable {
    /// To read: queries, series, targets, rules, alerts, status, the server's own metrics.
    case read
    /// To send data: remote write, alerts, silences, heartbeats.
    case write
    /// To reload and stop the server, and to change what is stored.
    case admin

    /// Returns what a request needs, from its method and its path, which begins after the route prefix. What is not
    /// known needs ``admin``, unless it only reads.
    package static func needed(_ method: String, _ path: String) -> AccessScope {
        let parts = decoded(path).split(separator: "/").map(String.init)
        if parts.first == "-", parts.last == "reload" || parts.last == "quit" { return .admin }
        if parts.starts(with: ["api", "v1", "heartbeat"]), parts.count > 3 { return .write }
        if ["GET", "HEAD", "OPTIONS"].contains(method) { return .read }
        guard parts.count > 2, parts[0] == "api" else { return .admin }
        let endpoint = parts[2...].joined(separator: "/")
        if parts[1] == "v2" { return alertmanagerWrites.contains(parts[2]) ? .write : .admin }
        guard parts[1] == "v1" else { return .admin }
        if writes.contains(endpoint) { return .write }
        return reads.contains(endpoint) || endpoint.hasPrefix("search/") ? .read : .admin
    }

    /// Endpoints that read although they take POST.
    private static let reads: Set = [
        "query", "query_range", "query_explain", "query_exemplars", "format_query", "parse_query", "series", "labels",
        "read", "rules/backtest", "alerting/explain", "admin/tsdb/retention/preview",
    ]
    private static let writes: Set = ["write", "otlp/v1/metrics"]
    private static let alertmanagerWrites: Set = ["alerts", "silences", "silence"]

    /// The path as routes see it: without escapes.
    private static func decoded(_ path: String) -> String {
        guard path.utf8.contains(UInt8(ascii: "%")) else { return path }
        var bytes: [UInt8] = [], rest = Array(path.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%"),
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            else {
                bytes.append(byte)
                continue
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
