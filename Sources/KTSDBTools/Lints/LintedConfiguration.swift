internal import KTSDBConfiguration
internal import KTSDBModel
internal import PrometheusWire

/// What lints know of Prometheus' configuration.
struct LintedConfiguration: Sendable {
    struct Job: Sendable {
        var name: String
        var line: Int
        var interval: Duration
        var hasSources: Bool
    }
    struct RulePattern: Sendable {
        var pattern: String
        var line: Int
        var matches: Bool
    }

    let file: String
    private(set) var scrapeInterval = Duration.seconds(60)
    private(set) var evaluationInterval = Duration.seconds(60)
    private(set) var retention: Duration?
    private(set) var externalLabels: [String: String] = [:]
    private(set) var jobs: [Job] = []
    private(set) var rulePatterns: [RulePattern] = []
    private(set) var hasAlertmanagers = false
    private(set) var missingFiles: [FileReference] = []

    init(_ text: String, path: String, _ files: ToolFiles) {
        file = path
        guard let document = try? YAMLValue.document(text, file: path), let pairs = try? document.pairs() else {
            return
        }
        let sections = Dictionary(pairs.map { ($0.key, $0.value) }) { first, _ in first }
        if let global = sections["global"] { read(global: global) }
        if let storage = sections["storage"] { retention = Self.retention(storage) }
        hasAlertmanagers = !(Self.member(sections["alerting"], "alertmanagers")?.isEmpty ?? true)
        jobs = ((try? sections["scrape_configs"]?.list()) ?? []).map(job)
        missingFiles = FileReference.missing(in: document, files)
        let directory = GoPath.directory(of: path)
        for value in (try? sections["rule_files"]?.list()) ?? [] {
            let pattern = (try? value.string()) ?? ""
            rulePatterns.append(
                RulePattern(
                    pattern: pattern, line: value.line,
                    matches: !files.matching(GoPath.join(directory, pattern)).isEmpty))
        }
    }

    static func member(_ value: YAMLValue?, _ key: String) -> YAMLValue? {
        (try? value?.pairs())?.first { $0.key == key }?.value
    }

    private mutating func read(global: YAMLValue) {
        if let value = try? Self.member(global, "scrape_interval")?.duration(), value > .zero { scrapeInterval = value }
        if let value = try? Self.member(global, "evaluation_interval")?.duration(), value > .zero {
            evaluationInterval = value
        }
        for (name, value) in (try? Self.member(global, "external_labels")?.pairs()) ?? [] {
            externalLabels[name] = (try? value.string()) ?? ""
        }
    }

    private static func retention(_ storage: YAMLValue) -> Duration? {
        let retention = member(member(storage, "tsdb"), "retention")
        guard let time = try? member(retention, "time")?.duration(), time > .zero else { return nil }
        return time
    }

    private func job(_ value: YAMLValue) -> Job {
        let interval = (try? Self.member(value, "scrape_interval")?.duration()) ?? .zero
        let keys = ((try? value.pairs()) ?? []).filter { !$0.value.isEmpty }.map(\.key)
        return Job(
            name: (try? Self.member(value, "job_name")?.string()) ?? "", line: value.line,
            interval: interval > .zero ? interval : scrapeInterval,
            hasSources: keys.contains { $0 == "static_configs" || $0.hasSuffix("_sd_configs") })
    }
}
