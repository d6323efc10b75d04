internal import PrometheusWire

extension Connections {
    /// Writes the metrics of the connections.
    func add(to page: inout ExpositionWriter) {
        page.single("ktsdb_http_connections", .gauge, "Open connections.", openCount)
        page.single("ktsdb_http_connections_max", .gauge, "How many connections may be open.", limits.maximum)
        let listener: KeyValuePairs = ["listener_name": "http"]
        page.family("net_conntrack_listener_conn_accepted_total", .counter, help: "Connections that were accepted.")
        page.sample("net_conntrack_listener_conn_accepted_total", listener, value: Double(acceptedCount))
        page.family("net_conntrack_listener_conn_closed_total", .counter, help: "Connections that were closed.")
        page.sample("net_conntrack_listener_conn_closed_total", listener, value: Double(closedCount))
        page.single(
            "ktsdb_http_failed_accepts_total", .counter,
            "Connections that were not accepted because the system had no descriptor.",
            failedAccepts)
        page.family("ktsdb_http_connections_cut_total", .counter, help: "Connections closed by the server, by reason.")
        let closed = closedByReason
        for reason in Reason.allCases {
            page.sample(
                "ktsdb_http_connections_cut_total", ["reason": reason.rawValue], value: Double(closed[reason] ?? 0))
        }
    }
}
