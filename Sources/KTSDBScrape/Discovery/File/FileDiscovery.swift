package import KTSDBConfiguration
internal import KTSDBModel
internal import PrometheusWire

/// An entry of `file_sd_configs`: targets from files.
package struct FileDiscovery: Hashable, Sendable {
    /// The extensions of target files, in lower case.
    static let endings = [".json", ".yml", ".yaml"]

    /// The paths, whose last component may contain one `*`.
    package var patterns: [String]
    /// How often all files are read, even if they look unchanged.
    package var refreshInterval: Duration

    package init(patterns: [String], refreshInterval: Duration = .seconds(300)) {
        self.patterns = patterns
        self.refreshInterval = refreshInterval
    }
}

extension FileDiscovery: TargetSourceSettings {
    package static let key = "file_sd_configs"

    package init(_ value: YAMLValue, in context: TargetSourceContext) throws(ConfigurationError) {
        var section = try YAMLSection(value, name: "file_sd_config")
        let files = section.take("files")
        refreshInterval = try section.refreshInterval() ?? .seconds(300)
        try section.finish()
        patterns = []
        for file in try files?.list() ?? [] {
            let path = try file.string()
            guard Self.isValid(path) else {
                throw file.error("path name \(goQuoted(path)) is not valid for file discovery")
            }
            patterns.append(LocalFile.resolve(path, in: context.directory))
        }
        if patterns.isEmpty { throw value.error("file service discovery config must contain at least one path name") }
    }

    package func write(to map: inout YAMLMap) {
        map.set("files", strings: patterns)
        map.set("refresh_interval", PrometheusDuration.format(refreshInterval))
    }

    package func makeSource(in surroundings: SourceSurroundings) -> any TargetSource {
        FileTargets(self, in: surroundings)
    }

    package static var metrics: [SelfMetricFamily] {
        [
            SelfMetricFamily(
                name: FileTargets.readErrors, help: "Target files that could not be read.", kind: .counter,
                points: [.init(value: 0)]),
            SelfMetricFamily(
                name: FileTargets.watchErrors,
                help: "Directories of target files that could not be watched; their files are found a little later.",
                kind: .counter, points: [.init(value: 0)]),
            SelfMetricFamily(
                name: FileTargets.scanDuration, help: "How long checking target files took.", kind: .summary,
                points: []),
            FileTargets.modificationTimes([]),
        ]
    }

    /// Returns whether `path` ends in `.json`, `.yml` or `.yaml`, all in lower or all in upper case, and has no `/`
    /// after its first `*`.
    private static func isValid(_ path: String) -> Bool {
        let endings = endings + [".JSON", ".YML", ".YAML"]
        guard endings.contains(where: path.hasSuffix) else { return false }
        guard let star = path.firstIndex(of: "*") else { return true }
        return !path[path.index(after: star)...].contains("/")
    }
}

extension YAMLSection {
    /// Takes the field `refresh_interval`; nil if it is missing.
    mutating func refreshInterval() throws(ConfigurationError) -> Duration? {
        guard let value = take("refresh_interval") else { return nil }
        let interval = try value.duration()
        if interval == .zero { throw value.error("refresh_interval must be greater than 0") }
        return interval
    }
}
