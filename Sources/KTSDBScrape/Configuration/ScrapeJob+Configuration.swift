internal import KTSDBConfiguration
internal import KTSDBModel
internal import PrometheusWire

extension ScrapeJob {
    /// Reads and checks one entry of `scrape_configs`; relative paths are resolved against `directory`.
    init(_ value: YAMLValue, global: GlobalConfiguration, directory: String) throws(ConfigurationError) {
        if value.isNull { throw value.error("empty or null scrape config section") }
        var section = try YAMLSection(value, name: "scrape_config")
        name = try section.take("job_name")?.string() ?? ""
        if name.isEmpty { throw value.error("job_name is empty") }

        (interval, timeout) = try Self.times(&section, of: name, global: global)
        names = try NameScheme(taking: &section) ?? global.names
        escaping = try Self.escaping(&section, names: names, global: global)
        histograms = try HistogramOptions(taking: &section, defaults: global.histograms)
        let chosen = try section.take("scrape_protocols").map(Self.protocols) ?? global.protocols
        protocols = chosen ?? ScrapeProtocol.defaults(nativeHistograms: histograms.readsNative)
        fallbackProtocol = try section.take("fallback_scrape_protocol").map(Self.known)
        limits = try Limits(taking: &section, defaults: global.limits)
        try limits.takeHistogramLimits(&section)
        let extra = try section.take("extra_scrape_metrics")?.bool() ?? global.reportsExtraMetrics
        reportsExtraMetrics = extra ?? false
        choices = Choices(protocols: chosen != nil, extraMetrics: extra != nil)
        failureLogFile = try section.path("scrape_failure_log_file", in: directory) ?? global.failureLogFile

        if let path = section.take("metrics_path") { metricsPath = try path.string() }
        if let value = section.take("scheme") {
            scheme = try value.string()
            if !["http", "https"].contains(scheme) { try value.refuse("scheme must be http or https") }
        }
        for (name, values) in try section.take("params")?.pairs() ?? [] { parameters[name] = try values.strings() }
        if let value = section.take("honor_labels") { honorsLabels = try value.bool() }
        if let value = section.take("honor_timestamps") { honorsTimestamps = try value.bool() }
        if let value = section.take("track_timestamps_staleness") { tracksTimestampStaleness = try value.bool() }
        if let value = section.take("enable_compression") { usesCompression = try value.bool() }
        client = try HTTPClientSettings(taking: &section, directory: directory)
        targetRules = try RelabelRule.list(
            section.take("relabel_configs"), names: names,
            ifNull: "empty or null target relabeling rule in scrape config")
        metricRules = try RelabelRule.list(
            section.take("metric_relabel_configs"), names: names,
            ifNull: "empty or null metric relabeling rule in scrape config")
        sources = try TargetSources.take(
            from: &section,
            in: TargetSourceContext(
                names: names, directory: directory, areTargetsRelabelled: !targetRules.isEmpty))
        try section.finish()
    }

    private static func times(
        _ section: inout YAMLSection, of name: String, global: GlobalConfiguration
    ) throws(ConfigurationError) -> (interval: Duration, timeout: Duration) {
        let given = section.take("scrape_interval"), limit = section.take("scrape_timeout")
        // A zero duration counts as not given, as in Prometheus.
        var interval = try given?.duration() ?? .zero
        if interval == .zero { interval = global.scrapeInterval }
        var timeout = try limit?.duration() ?? .zero
        if timeout == .zero { timeout = min(global.scrapeTimeout, interval) }
        guard timeout <= interval else {
            throw (limit ?? section.value).error(
                "scrape timeout greater than scrape interval for scrape config with job name \(goQuoted(name))")
        }
        return (interval, timeout)
    }

    private static func escaping(
        _ section: inout YAMLSection, names: NameScheme, global: GlobalConfiguration
    ) throws(ConfigurationError) -> String {
        let fallback = names == global.names ? global.escaping : nil
        guard let value = section.take("metric_name_escaping_scheme") else {
            return fallback ?? (names == .legacy ? "underscores" : "allow-utf-8")
        }
        return try value.escapingScheme(names: names)
    }

    static func protocols(_ value: YAMLValue) throws(ConfigurationError) -> [ScrapeProtocol] {
        var protocols: [ScrapeProtocol] = []
        for element in try value.list() {
            let known = try known(element)
            guard !protocols.contains(known) else {
                throw element.error("duplicated protocol in scrape_protocols: \(known.rawValue)")
            }
            protocols.append(known)
        }
        if protocols.isEmpty { throw value.error("scrape_protocols cannot be empty") }
        return protocols
    }

    private static func known(_ value: YAMLValue) throws(ConfigurationError) -> ScrapeProtocol {
        let text = try value.string()
        if let known = ScrapeProtocol(rawValue: text) { return known }
        let served = ScrapeProtocol.allCases.map(\.rawValue).sorted().joined(separator: ", ")
        throw value.error("unknown scrape protocol \(text), supported: \(served)")
    }
}

extension ScrapeJob.Limits {
    /// Takes the limits from a section; 0 counts as not given, as in Prometheus.
    init(taking section: inout YAMLSection, defaults: Self = Self()) throws(ConfigurationError) {
        func limit(_ key: String, _ inherited: Int?) throws(ConfigurationError) -> Int? {
            guard let value = section.take(key) else { return inherited }
            let count = try value.count()
            return count == 0 ? inherited : count
        }
        samples = try limit("sample_limit", defaults.samples)
        labels = try limit("label_limit", defaults.labels)
        labelNameBytes = try limit("label_name_length_limit", defaults.labelNameBytes)
        labelValueBytes = try limit("label_value_length_limit", defaults.labelValueBytes)
        targets = try limit("target_limit", defaults.targets)
        keptDroppedTargets = try limit("keep_dropped_targets", defaults.keptDroppedTargets)
        bodyBytes = defaults.bodyBytes
        if let size = try section.take("body_size_limit")?.byteSize(), size > 0 { bodyBytes = size }
    }
}

extension NameScheme {
    init?(taking section: inout YAMLSection) throws(ConfigurationError) {
        guard let value = section.take("metric_name_validation_scheme") else { return nil }
        let text = try value.string()
        guard let scheme = Self(rawValue: text) else {
            throw value.error("metric_name_validation_scheme must be utf8 or legacy, found \(goQuoted(text))")
        }
        self = scheme
    }
}

extension YAMLValue {
    func escapingScheme(names: NameScheme) throws(ConfigurationError) -> String {
        let text = try string(), known = ["allow-utf-8", "underscores", "dots", "values"]
        guard known.contains(text) else {
            throw error(
                "metric_name_escaping_scheme must be one of \(known.joined(separator: ", ")), found \(goQuoted(text))")
        }
        if text == "allow-utf-8", names == .legacy {
            throw error("utf8 metric names requested but validation scheme is not set to UTF8")
        }
        return text
    }
}

extension YAMLSection {
    /// Takes the path of a file, which may be relative to the directory of the configuration; nil if it is missing or
    /// empty.
    mutating func path(_ key: String, in directory: String) throws(ConfigurationError) -> String? {
        guard let text = try take(key)?.string(), !text.isEmpty else { return nil }
        return LocalFile.resolve(text, in: directory)
    }
}
