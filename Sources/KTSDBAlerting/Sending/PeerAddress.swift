internal import KTSDBModel
internal import KTSDBRules
internal import KTSDBScrape
internal import PrometheusWire

/// Where an Alertmanager takes alerts.
struct PeerAddress: Hashable, Sendable {
    /// The whole address, such as `http://alertmanager:9093/api/v2/alerts`.
    let url: String
    /// The host's name or address, without brackets.
    let host: String
    let port: Int
}

extension PeerAddress {
    /// What becomes of one discovered address.
    enum Candidate: Hashable, Sendable {
        case peer(PeerAddress)
        /// `relabel_configs` drop it.
        case dropped(url: String)
        case invalid(reason: String)
    }

    private static let pathLabel = "__alerts_path__"

    /// Returns what the addresses of a group come to by the settings of an entry of `alertmanagers`.
    ///
    /// The labels of the group may set another scheme and path than the settings, and relabelling may change all.
    static func candidates(of group: TargetGroup, _ settings: AlertmanagerSettings) -> [Candidate] {
        group.addresses.map { address in
            var builder = LabelsBuilder()
            builder.set("__scheme__", settings.scheme)
            builder.set(pathLabel, AlertmanagerPath.alerts(prefix: settings.pathPrefix))
            for label in group.labels { builder.set(label.name, label.value) }
            builder.set("__address__", address)
            if let problem = builder.problem { return .invalid(reason: "\(problem)") }
            let discovered = builder.labels
            guard builder.relabel(settings.targetRules) else { return .dropped(url: url(of: discovered)) }
            if let problem = builder.problem { return .invalid(reason: "\(problem)") }
            return candidate(builder.labels)
        }
    }

    private static func candidate(_ labels: Labels) -> Candidate {
        let scheme = labels["__scheme__"] ?? "", address = labels["__address__"] ?? ""
        guard !address.isEmpty else { return .invalid(reason: "no address") }
        if address.contains("/") { return .invalid(reason: "\(goQuoted(address)) is not a valid hostname") }
        guard scheme == "http" || scheme == "https" else {
            return .invalid(reason: "the scheme of \(goQuoted(address)) must be http or https, not \(goQuoted(scheme))")
        }
        guard let (host, port) = parts(of: address, scheme: scheme) else {
            return .invalid(reason: "\(goQuoted(address)) is not HOST or HOST:PORT")
        }
        return .peer(PeerAddress(url: url(of: labels), host: host, port: port))
    }

    private static func url(of labels: Labels) -> String {
        var path = PercentEncoding.path(labels[pathLabel] ?? "")
        if !path.isEmpty, !path.hasPrefix("/") { path = "/" + path }
        return "\(labels["__scheme__"] ?? "")://\(labels["__address__"] ?? "")\(path)"
    }

    /// Takes `HOST:PORT`, `[IPV6]:PORT` or a host alone apart, whose port is that of the scheme.
    private static func parts(of address: String, scheme: String) -> (host: String, port: Int)? {
        var host = address[...], port = scheme == "https" ? 443 : 80
        if let colon = address.lastIndex(of: ":"), !address[colon...].contains("]") {
            guard let number = UInt16(address[address.index(after: colon)...]) else { return nil }
            (host, port) = (address[..<colon], Int(number))
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        return host.isEmpty ? nil : (String(host), port)
    }
}
