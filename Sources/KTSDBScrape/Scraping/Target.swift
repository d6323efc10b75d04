package import KTSDBModel
internal import PrometheusWire

/// An address to scrape, with the labels and settings that its job and its relabelling give it.
package struct Target: Hashable, Sendable {
    /// Its labels after relabelling, including those that begin with `__`.
    package let labels: Labels
    /// The labels of its series: those that do not begin with `__`.
    package let publicLabels: Labels
    /// Its labels before relabelling.
    package let discoveredLabels: Labels
    /// The address of its body.
    package let url: String
    package let interval: Duration
    package let timeout: Duration

    /// The identity of a target: targets with the same one are the same target, however they were discovered. Hashes of
    /// its labels and its address, because there may be very many.
    struct Identity: Hashable {
        let labels: UInt64
        let url: UInt64
    }

    var identity: Identity { Identity(labels: labels.fingerprint, url: FNV.hash(url)) }

    /// The path of the Unix socket at which the target listens, whatever its address is (`__unix_socket__`); nil if it
    /// does not use one.
    var socket: String? { labels["__unix_socket__"].flatMap { $0.isEmpty ? nil : $0 } }

    /// A number that spreads targets over their interval; it is the same after every start.
    var spread: UInt64 { FNV.hash("\(labels.fingerprint) \(url)") }
}

extension Target {
    /// The result for one discovered address.
    package enum Candidate: Sendable {
        case target(Target)
        /// The rule with this number, from 0, of `relabel_configs` drops the target.
        case dropped(discoveredLabels: Labels, rule: Int)
        case invalid(reason: String)
    }

    /// Builds the targets of `group` by the settings of `job`.
    package static func candidates(of group: TargetGroup, job: ScrapeJob) -> [Candidate] {
        group.addresses.map { candidate(address: $0, groupLabels: group.labels, job: job) }
    }

    static func candidate(address: String, groupLabels: Labels, job: ScrapeJob) -> Candidate {
        var builder = discovered(address: address, groupLabels: groupLabels, job: job)
        if let problem = builder.problem { return .invalid(reason: "\(problem)") }
        let discoveredLabels = builder.labels
        if let rule = builder.relabel(until: job.targetRules) {
            return .dropped(discoveredLabels: discoveredLabels, rule: rule)
        }
        if let problem = builder.problem { return .invalid(reason: "\(problem)") }
        guard let address = builder["__address__"] else { return .invalid(reason: "no address") }
        if address.contains("/") { return .invalid(reason: "\(goQuoted(address)) is not a valid hostname") }
        guard let interval = duration("__scrape_interval__", in: builder) else {
            return .invalid(
                reason:
                    "scrape interval \(goQuoted(builder["__scrape_interval__"] ?? "")) is not a duration greater than 0"
            )
        }
        guard let timeout = duration("__scrape_timeout__", in: builder) else {
            return .invalid(
                reason:
                    "scrape timeout \(goQuoted(builder["__scrape_timeout__"] ?? "")) is not a duration greater than 0"
            )
        }
        guard timeout <= interval else {
            return .invalid(reason: "scrape timeout cannot be greater than scrape interval")
        }
        if builder["instance"] == nil { builder.set("instance", address) }

        let labels = builder.labels.removing(where: { $0.hasPrefix("__meta_") })
        let publicLabels = labels.removing(where: { $0.hasPrefix("__") })
        return .target(
            Target(
                labels: labels, publicLabels: publicLabels, discoveredLabels: discoveredLabels,
                url: url(labels: labels, parameters: job.parameters), interval: interval, timeout: timeout))
    }

    /// Returns the labels before relabelling: the address, the group's labels, and those of the job that are not set
    /// yet.
    static func discovered(address: String, groupLabels: Labels, job: ScrapeJob) -> LabelsBuilder {
        var builder = LabelsBuilder(groupLabels)
        builder.set("__address__", address)
        var defaults = [
            ("job", job.name), ("__scrape_interval__", PrometheusDuration.format(job.interval)),
            ("__scrape_timeout__", PrometheusDuration.format(job.timeout)), ("__metrics_path__", job.metricsPath),
            ("__scheme__", job.scheme),
        ]
        for (name, values) in job.parameters {
            if let first = values.first { defaults.append(("__param_\(name)", first)) }
        }
        for (name, value) in defaults where builder[name] == nil { builder.set(name, value) }
        return builder
    }

    private static func duration(_ name: String, in builder: LabelsBuilder) -> Duration? {
        guard let duration = PrometheusDuration.parse(builder[name] ?? ""), duration > .zero else { return nil }
        return duration
    }

    /// Returns the address of the body; `__param_` labels replace the first value of the job's parameter of that name.
    private static func url(labels: Labels, parameters: [String: [String]]) -> String {
        var query = parameters
        for label in labels where label.name.hasPrefix("__param_") {
            let name = String(label.name.dropFirst("__param_".count))
            query[name] = [label.value] + (query[name] ?? []).dropFirst()
        }
        let fields = query.sorted { $0.key < $1.key }.flatMap { name, values in
            values.map { "\(PercentEncoding.query(name))=\(PercentEncoding.query($0))" }
        }
        var path = PercentEncoding.path(labels["__metrics_path__"] ?? "")
        if !path.isEmpty, !path.hasPrefix("/") { path = "/" + path }
        let text = "\(labels["__scheme__"] ?? "http")://\(labels["__address__"] ?? "")\(path)"
        return fields.isEmpty ? text : "\(text)?\(fields.joined(separator: "&"))"
    }
}

extension Labels {
    /// Returns the labels whose names do not satisfy `isUnwanted`.
    func removing(where isUnwanted: (String) -> Bool) -> Labels {
        Labels(filter { !isUnwanted($0.name) }.map { ($0.name, $0.value) })
    }
}

/// The 64-bit hash FNV-1a.
enum FNV {
    static func hash(_ text: String) -> UInt64 {
        text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
