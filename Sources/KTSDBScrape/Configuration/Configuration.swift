public import KTSDBConfiguration
internal import KTSDBModel
internal import PrometheusWire

/// A Prometheus configuration file, read and checked.
///
/// Everything in it takes effect; whatever this version does not support is refused, with the line and a way out.
public struct Configuration: Hashable, Sendable {
    /// The section `global`.
    public internal(set) var global = GlobalConfiguration()
    /// The section `alerting`.
    public internal(set) var alerting = AlertingSettings()
    /// The scrape jobs, in the order of the file; their names differ.
    public internal(set) var jobs: [ScrapeJob] = []
    /// `rule_files`: patterns of the paths of rule files; the last part of a path may have special characters.
    public internal(set) var ruleFiles: [String] = []
    /// The shell patterns of the files with further scrape jobs.
    public internal(set) var jobFiles: [String] = []
    /// `storage.exemplars.max_exemplars`: how many exemplars may be in memory; nil if the file does not set it.
    public internal(set) var maximumExemplars: Int?
    /// `storage.tsdb.retention`: what is kept of samples; nil if the file does not have the section.
    public internal(set) var retention: RetentionSettings?
    /// `storage.tsdb.out_of_order_time_window`: how much older than the newest sample late ones may be; zero refuses
    /// them.
    public internal(set) var outOfOrderWindow = Duration.zero
    /// The values in which variables were replaced. They are shown as they are in the file: a variable may be a secret.
    var expandedValues: [ExpandedValue] = []

    /// A configuration without jobs.
    public init() {}

    /// Reads and checks the file at `path`; variables in it are those of the environment.
    /// - Throws: ``ConfigurationError`` for the first problem.
    public static func load(path: String) throws(ConfigurationError) -> Configuration {
        try load(path: path, variables: .environment)
    }

    /// Reads and checks the file at `path`; an empty path means an empty file.
    package static func load(path: String, variables: Variables) throws(ConfigurationError) -> Configuration {
        try Configuration(path.isEmpty ? nil : YAMLValue.load(path: path), path: path, variables)
    }

    /// Checks the text of a configuration file at `path`, which its relative paths are resolved against.
    public static func parse(_ text: String, path: String) throws(ConfigurationError) -> Configuration {
        try parse(text, path: path, variables: .environment)
    }

    /// Checks the text of a configuration file.
    package static func parse(
        _ text: String, path: String, variables: Variables
    ) throws(ConfigurationError) -> Configuration {
        try Configuration(YAMLValue.document(text, file: path), path: path, variables)
    }

    private init(_ document: YAMLValue?, path: String, _ variables: Variables) throws(ConfigurationError) {
        guard let document else { return }
        self = try variables.reading(document, .prometheus) { (document, values) throws(ConfigurationError) in
            var configuration = Configuration()
            configuration.expandedValues = values
            try configuration.read(document, directory: LocalFile.directory(of: path), variables)
            return configuration
        }
    }

    private mutating func read(
        _ document: YAMLValue, directory: String, _ variables: Variables
    ) throws(ConfigurationError) {
        var section = try YAMLSection(document, name: "the configuration file")
        if let value = section.take("global") {
            global = try GlobalConfiguration(value, directory: directory, variables)
        }
        if let value = section.take("alerting") {
            alerting = try AlertingSettings(value, names: global.names, directory: directory)
        }
        ruleFiles = try Self.patterns(section.take("rule_files"), "rule", directory: directory)
        try Self.refuseUnserved(&section)
        if let value = section.take("storage") { try readStorage(value) }
        for value in try section.take("scrape_configs")?.list() ?? [] {
            try add(value, directory: directory)
        }
        for pattern in try section.take("scrape_config_files")?.list() ?? [] {
            let shellPattern = try Self.pattern(pattern, "scrape config", directory: directory)
            jobFiles.append(shellPattern)
            for file in LocalFile.matching(shellPattern) {
                try addJobs(of: file, namedBy: pattern, variables)
            }
        }
        try section.finish()
    }

    private mutating func add(_ value: YAMLValue, directory: String) throws(ConfigurationError) {
        let job = try ScrapeJob(value, global: global, directory: directory)
        guard !jobs.contains(where: { $0.name == job.name }) else {
            throw value.error("found multiple scrape configs with job name \(goQuoted(job.name))")
        }
        jobs.append(job)
    }

    private mutating func addJobs(
        of file: String, namedBy pattern: YAMLValue, _ variables: Variables
    ) throws(ConfigurationError) {
        let text: String
        do { text = try LocalFile.text(file) } catch {
            throw error.line == nil
                ? pattern.error("cannot read \(file): \(error)") : ConfigurationError(unreadable: file, error)
        }
        guard let document = try YAMLValue.document(text, file: file) else { return }
        let before = self
        self = try variables.reading(document, .prometheus) { (document, values) throws(ConfigurationError) in
            var configuration = before
            configuration.expandedValues += values
            var section = try YAMLSection(document, name: "a scrape config file")
            let jobs = try section.take("scrape_configs")?.list() ?? []
            try section.finish()
            for value in jobs { try configuration.add(value, directory: LocalFile.directory(of: file)) }
            return configuration
        }
    }

    private static func patterns(
        _ value: YAMLValue?, _ kind: String, directory: String
    ) throws(ConfigurationError) -> [String] {
        var patterns: [String] = []
        for element in try value?.list() ?? [] { patterns.append(try pattern(element, kind, directory: directory)) }
        return patterns
    }

    /// Reads the pattern of a path; a star may only be in its last part.
    private static func pattern(
        _ value: YAMLValue, _ kind: String, directory: String
    ) throws(ConfigurationError) -> String {
        let text = try value.string()
        if let star = text.firstIndex(of: "*"), text[star...].contains("/") {
            throw value.error("invalid \(kind) file path \(goQuoted(text))")
        }
        return LocalFile.resolve(text, in: directory)
    }

    private static func refuseUnserved(_ section: inout YAMLSection) throws(ConfigurationError) {
        for key in ["remote_write", "remote_read"] {
            try section.refuse(key, because: "this version does not talk to remote storage; remove the section")
        }
        try section.refuse("tracing", because: "this version does not send traces; remove the section")
        try section.refuse("otlp", because: "this version does not receive OTLP; remove the section")
        try section.refuse(
            "runtime", because: "these are settings of the Go runtime, which is not used here; remove the section")
    }

    private mutating func readStorage(_ value: YAMLValue) throws(ConfigurationError) {
        var section = try YAMLSection(value, name: "storage")
        try section.refuse(
            "agent", because: "this version takes storage settings as --storage flags; remove the section")
        if let value = section.take("tsdb") { try readTSDB(value) }
        if let value = section.take("exemplars") {
            var section = try YAMLSection(value, name: "storage.exemplars")
            if let limit = section.take("max_exemplars") {
                // As in Prometheus, a negative number means none.
                maximumExemplars = max(0, try limit.whole(Int.self))
            }
            try section.finish()
        }
        try section.finish()
    }

    private mutating func readTSDB(_ value: YAMLValue) throws(ConfigurationError) {
        let reason =
            "this version takes storage settings as --storage flags, but for retention and out_of_order_time_window; "
            + "remove the field"
        var section = try YAMLSection(value, name: "storage.tsdb")
        if let window = try section.take("out_of_order_time_window")?.duration() { outOfOrderWindow = window }
        if let value = section.take("retention"), !value.isEmpty { retention = try RetentionSettings(value) }
        for (key, value) in section.rest where !value.isEmpty { try value.refuse("tsdb: \(reason) \(key)") }
    }
}

extension GlobalConfiguration {
    /// Reads the section `global`. `directory` is that of the configuration file, which file names are relative to.
    init(_ value: YAMLValue, directory: String, _ variables: Variables) throws(ConfigurationError) {
        var section = try YAMLSection(value, name: "global")
        // A zero duration counts as not given, as in Prometheus.
        if let value = try section.take("scrape_interval")?.duration(), value != .zero { scrapeInterval = value }
        let limit = section.take("scrape_timeout")
        scrapeTimeout = try limit?.duration() ?? .zero
        guard scrapeTimeout <= scrapeInterval else {
            throw (limit ?? value).error("global scrape timeout greater than scrape interval")
        }
        if scrapeTimeout == .zero { scrapeTimeout = min(.seconds(10), scrapeInterval) }
        if let value = try section.take("evaluation_interval")?.duration(), value != .zero {
            evaluationInterval = value
        }
        ruleQueryOffset = try section.take("rule_query_offset")?.duration() ?? .zero
        names = try NameScheme(taking: &section) ?? .utf8
        escaping = try section.take("metric_name_escaping_scheme").map { (value) throws(ConfigurationError) in
            try value.escapingScheme(names: names)
        }
        if let value = section.take("external_labels") {
            externalLabels = Self.expanded(try value.labels(names: names), variables)
        }
        protocols = try section.take("scrape_protocols").map(ScrapeJob.protocols)
        limits = try ScrapeJob.Limits(taking: &section)
        if let value = section.take("extra_scrape_metrics") { reportsExtraMetrics = try value.bool() }
        histograms = try HistogramOptions(taking: &section)
        queryLogFile = try section.path("query_log_file", in: directory)
        failureLogFile = try section.path("scrape_failure_log_file", in: directory)
        try section.finish()
    }
}
