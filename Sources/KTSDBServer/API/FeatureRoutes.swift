internal import Hummingbird
internal import KTSDBRules
internal import KTSDBScrape
internal import PromQL
internal import PrometheusWire

/// What this server can do, as clients ask before they use it: `/api/v1/features`.
struct FeatureRoutes: Sendable {
    let state: ServerState

    func add(to group: RouterGroup<ServerRequestContext>) {
        group.route("features", [.get], parameters: features)
    }

    private func features(_ parameters: RequestParameters) async throws -> Response {
        .success { json in
            json.object { json in
                for (category, features) in categories.sorted(by: { $0.key < $1.key }) {
                    json.key(category)
                    json.object { json in
                        for (name, isOn) in features.sorted(by: { $0.key < $1.key }) { json.member(named: name, isOn) }
                    }
                }
            }
        }
    }

    private var categories: [String: [String: Bool]] {
        [
            "api": api, "prometheus": server, "promql": language, "promql_functions": functions,
            "promql_operators": operators, "otlp_receiver": ["delta_conversion": false],
            "rules": [
                "concurrent_rule_eval": state.options.features.evaluatesRulesTogether, "keep_firing_for": true,
                "query_offset": true,
            ],
            "scrape": [
                "start_timestamp_zero_ingestion": state.options.features.scraping.startTimeZeros,
                "type_and_unit_labels": state.options.features.scraping.typeAndUnitLabels,
            ],
            "service_discovery_providers": Self.all(DiscoveryKinds.names),
            "templating_functions": Self.all(PrometheusFunctions.names),
            "tsdb": [
                "delayed_compaction": false, "exemplar_storage": state.options.features.storesExemplars,
                "isolation": true, "native_histograms": true,
            ],
        ]
    }

    private static func all(_ names: [String]) -> [String: Bool] {
        Dictionary(names.map { ($0, true) }, uniquingKeysWith: { first, _ in first })
    }

    private var api: [String: Bool] {
        let always = [
            "exclude_alerts", "label_values_match", "openapi_3.1", "openapi_3.2", "query_stats", "query_warnings",
            "search_fuzz_alg_jarowinkler", "search_fuzz_alg_subsequence", "time_range_labels", "time_range_series",
        ]
        let options = state.options
        return Self.all(always).merging([
            "admin": options.enablesAdminAPI, "lifecycle": options.enablesLifecycle, "otlp_write_receiver": false,
            "remote_write_receiver": options.enablesRemoteWriteReceiver, "search": options.features.searches,
        ]) { $1 }
    }

    private var server: [String: Bool] {
        let options = state.options
        return [
            "agent_mode": false, "auto_reload_config": options.reloadsFiles || options.features.reloadsFiles,
            "server_mode": true,
        ]
    }

    private var language: [String: Bool] {
        let options = state.options.engineOptions
        let always = [
            "at_modifier", "bool", "by", "duration_expr", "group_left", "group_right", "ignoring", "negative_offset",
            "offset", "on", "per_query_lookback_delta", "subqueries", "without",
        ]
        return Self.all(always).merging([
            "anchored": options.parser.extendedRangeSelectors, "smoothed": options.parser.extendedRangeSelectors,
            "fill": options.parser.fillModifiers, "fill_left": options.parser.fillModifiers,
            "fill_right": options.parser.fillModifiers, "delayed_name_removal": options.delayedNameRemoval,
            "per_step_stats": state.options.features.countsSteps, "type_and_unit_labels": options.typeAndUnitLabels,
        ]) { $1 }
    }

    private var functions: [String: Bool] {
        let areExperimentalOn = state.options.engineOptions.parser.experimentalFunctions
        let all = FunctionTable.all.map { ($0.name, !$0.isExperimental || areExperimentalOn) }
        return Dictionary(all, uniquingKeysWith: { first, _ in first })
    }

    private var operators: [String: Bool] {
        let experimental: Set<AggregationOperator> = [.limitk, .limitRatio]
        let areExperimentalOn = state.options.engineOptions.parser.experimentalFunctions
        var operators = Self.all(BinaryOperator.allCases.map(\.rawValue) + ["=~", "!~", "=", "@"])
        for operation in AggregationOperator.allCases {
            operators[operation.rawValue] = !experimental.contains(operation) || areExperimentalOn
        }
        return operators
    }
}
