internal import KTSDBConfiguration
internal import KTSDBModel
internal import PrometheusWire
internal import Yams

extension Configuration {
    /// The configuration as YAML, with the defaults filled in and secrets hidden. A value with variables is shown as it
    /// is in the file, since no one knows which variables are secrets.
    public var yaml: String {
        var root = YAMLMap()
        root.set("global", global.node)
        if alerting != AlertingSettings() { root.set("alerting", alerting.node) }
        root.set("rule_files", strings: ruleFiles)
        root.set("scrape_configs", list: jobs.map(\.node))
        if let storage { root.set("storage", storage) }
        return text(root.node)
    }

    /// A job of the configuration as YAML, for the API's answer about a single scrape pool.
    public func yaml(of job: ScrapeJob) -> String { text(job.node) }

    private func text(_ node: Node) -> String {
        let shown = YAMLValue(node: node, file: "", line: 1).showing(expandedValues)
        // Plain texts, lists and mappings always serialise.
        return (try? Yams.serialize(node: shown.node, width: -1, allowUnicode: true)) ?? ""
    }

    private var storage: Node? {
        guard maximumExemplars != nil || retention != nil || outOfOrderWindow > .zero else { return nil }
        var storage = YAMLMap(), tsdb = YAMLMap()
        if outOfOrderWindow > .zero {
            tsdb.set("out_of_order_time_window", PrometheusDuration.format(outOfOrderWindow))
        }
        if let retention {
            tsdb.set("retention", retention.node)
        }
        if retention != nil || outOfOrderWindow > .zero { storage.set("tsdb", tsdb.node) }
        if let maximumExemplars {
            var exemplars = YAMLMap()
            exemplars.set("max_exemplars", maximumExemplars)
            storage.set("exemplars", exemplars.node)
        }
        return storage.node
    }
}

extension YAMLMap {
    fileprivate mutating func set(_ limits: ScrapeJob.Limits) {
        set("body_size_limit", limits.bodyBytes.map(ByteSize.format))
        set("sample_limit", limits.samples)
        set("target_limit", limits.targets)
        set("label_limit", limits.labels)
        set("label_name_length_limit", limits.labelNameBytes)
        set("label_value_length_limit", limits.labelValueBytes)
        set("native_histogram_bucket_limit", limits.histogramBuckets)
        if let factor = limits.histogramFactor, factor != 0 {
            set("native_histogram_min_bucket_factor", goFormat(factor))
        }
        set("keep_dropped_targets", limits.keptDroppedTargets)
    }
}

extension GlobalConfiguration {
    fileprivate var node: Node {
        var map = YAMLMap()
        map.set("scrape_interval", PrometheusDuration.format(scrapeInterval))
        map.set("scrape_timeout", PrometheusDuration.format(scrapeTimeout))
        map.set("scrape_protocols", strings: (protocols ?? []).map(\.rawValue))
        map.set("evaluation_interval", PrometheusDuration.format(evaluationInterval))
        if ruleQueryOffset != .zero { map.set("rule_query_offset", PrometheusDuration.format(ruleQueryOffset)) }
        map.set("query_log_file", queryLogFile)
        map.set("scrape_failure_log_file", failureLogFile)
        map.set("external_labels", externalLabels)
        map.set(limits)
        map.set("metric_name_validation_scheme", names.rawValue)
        map.set("metric_name_escaping_scheme", escaping)
        if let reportsExtraMetrics { map.set("extra_scrape_metrics", reportsExtraMetrics) }
        if histograms.readsNative { map.set("scrape_native_histograms", true) }
        if histograms.convertsClassic { map.set("convert_classic_histograms_to_nhcb", true) }
        if histograms.keepsClassic { map.set("always_scrape_classic_histograms", true) }
        return map.node
    }
}

extension ScrapeJob {
    fileprivate var node: Node {
        var map = YAMLMap()
        map.set("job_name", name)
        if honorsLabels { map.set("honor_labels", true) }
        map.set("honor_timestamps", honorsTimestamps)
        map.set("track_timestamps_staleness", tracksTimestampStaleness)
        var query = YAMLMap()
        for (name, values) in parameters.sorted(by: { $0.key < $1.key }) { query.set(name, strings: values) }
        if !parameters.isEmpty { map.set("params", query.node) }
        map.set("scrape_interval", PrometheusDuration.format(interval))
        map.set("scrape_timeout", PrometheusDuration.format(timeout))
        map.set("scrape_protocols", strings: protocols.map(\.rawValue))
        map.set("fallback_scrape_protocol", fallbackProtocol?.rawValue)
        map.set("scrape_native_histograms", histograms.readsNative)
        map.set("always_scrape_classic_histograms", histograms.keepsClassic)
        map.set("convert_classic_histograms_to_nhcb", histograms.convertsClassic)
        map.set("scrape_failure_log_file", failureLogFile)
        map.set("metrics_path", metricsPath)
        map.set("scheme", scheme)
        map.set("enable_compression", usesCompression)
        map.set(limits)
        map.set("metric_name_validation_scheme", names.rawValue)
        map.set("metric_name_escaping_scheme", escaping)
        map.set("extra_scrape_metrics", reportsExtraMetrics)
        client.add(to: &map)
        map.set("relabel_configs", list: targetRules.map(\.node))
        map.set("metric_relabel_configs", list: metricRules.map(\.node))
        TargetSources.write(sources, to: &map)
        return map.node
    }
}

extension RelabelRule {
    /// The rule as YAML.
    var node: Node {
        var map = YAMLMap()
        map.set("source_labels", strings: sourceLabels)
        if separator != Self.defaultSeparator { map.set("separator", separator) }
        if regex.pattern != Self.defaultPattern { map.set("regex", regex.pattern) }
        if modulus != 0 { map.set("modulus", Node(String(modulus))) }
        if !targetLabel.isEmpty { map.set("target_label", targetLabel) }
        if replacement != Self.defaultReplacement { map.set("replacement", replacement) }
        map.set("action", action.rawValue)
        return map.node
    }
}
