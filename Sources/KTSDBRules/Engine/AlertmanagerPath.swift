/// Where an Alertmanager takes alerts.
package enum AlertmanagerPath {
    /// The path of the request that sends alerts, for a `path_prefix` of the configuration: joined and cleaned as Go
    /// does it, always absolute.
    package static func alerts(prefix: String) -> String {
        var parts: [Substring] = []
        for part in (prefix + "/api/v2/alerts").split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }
}
