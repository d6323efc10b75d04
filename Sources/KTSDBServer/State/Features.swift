internal import KTSDBScrape
internal import PromQL

/// The features that `--enable-feature` switches on: names of Prometheus' features, several in one flag separated by
/// commas.
public struct Features: Hashable, Sendable {
    /// All names, as they were given.
    public private(set) var names: [String] = []
    /// Names that have no meaning here; the server logs them and continues, as Prometheus does.
    public private(set) var unknown: [String] = []
    private var isEnabled: Set<Name> = []

    private enum Name: String, CaseIterable {
        case experimentalFunctions = "promql-experimental-functions"
        case extendedRangeSelectors = "promql-extended-range-selectors"
        case fillModifiers = "promql-binop-fill-modifiers"
        case delayedNameRemoval = "promql-delayed-name-removal"
        case perStepStatistics = "promql-per-step-stats"
        case startTimestamps = "use-start-timestamps"
        case exemplarStorage = "exemplar-storage"
        case typeAndUnitLabels = "type-and-unit-labels"
        case startTimeZeros = "created-timestamp-zero-ingestion"
        case concurrentRules = "concurrent-rule-eval"
        case extraMetrics = "extra-scrape-metrics"
        case automaticReload = "auto-reload-config"
        case search = "search-api"
    }

    /// The names of all features that can be switched on.
    public static var known: [String] { Name.allCases.map(\.rawValue) }

    /// Features that have become parts of the stable language or of the configuration: their flags have no effect.
    private static let stable: Set<String> = [
        "promql-at-modifier", "promql-negative-offset", "promql-duration-expr", "native-histograms",
        "ooo-native-histograms", "remote-write-receiver", "no-default-scrape-port",
    ]

    /// Creates features from the values of the flag.
    public init(_ flags: [String] = []) {
        for name in flags.flatMap({ $0.split(separator: ",") }).map(String.init) {
            names.append(name)
            if let known = Name(rawValue: name) {
                isEnabled.insert(known)
            } else if !Self.stable.contains(name) {
                unknown.append(name)
            }
        }
    }

    /// Whether `stats=all` reports the samples of each step.
    var countsSteps: Bool { isEnabled.contains(.perStepStatistics) }

    /// Whether exemplars are stored.
    var storesExemplars: Bool { isEnabled.contains(.exemplarStorage) }

    /// Whether independent rules of a group are evaluated at the same time.
    var evaluatesRulesTogether: Bool { isEnabled.contains(.concurrentRules) }

    /// Whether files are read again when they change; `--config.auto-reload` is the newer way to say so.
    var reloadsFiles: Bool { isEnabled.contains(.automaticReload) }

    /// Whether `/api/v1/search` may be used.
    var searches: Bool { isEnabled.contains(.search) }

    /// The features of scraping.
    var scraping: ScrapeFeatures {
        var features = ScrapeFeatures()
        features.typeAndUnitLabels = isEnabled.contains(.typeAndUnitLabels)
        features.startTimeZeros = isEnabled.contains(.startTimeZeros)
        features.extraMetrics = isEnabled.contains(.extraMetrics)
        return features
    }

    /// Switches these features on for queries.
    func apply(to options: inout EngineOptions) {
        options.parser.experimentalFunctions = isEnabled.contains(.experimentalFunctions)
        options.parser.extendedRangeSelectors = isEnabled.contains(.extendedRangeSelectors)
        options.parser.fillModifiers = isEnabled.contains(.fillModifiers)
        options.delayedNameRemoval = isEnabled.contains(.delayedNameRemoval)
        options.typeAndUnitLabels = isEnabled.contains(.typeAndUnitLabels)
        options.usesStartTimestamps = isEnabled.contains(.startTimestamps)
    }
}
