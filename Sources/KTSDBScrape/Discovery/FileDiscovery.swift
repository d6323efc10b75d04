package import KTSDBConfiguration
internal import KTSDBModel
internal import PrometheusWire

/// An entry of `file_sd_configs`: targets from files.
package struct FileDiscovery: Hashable, Sendable {
    /// The paths, whose last component may contain one `*`.
    package var patterns: [String]
    /// How often the files are read even when they look unchanged.
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
        refreshInterval = .seconds(300)
        if let interval = section.take("refresh_interval") {
            refreshInterval = try interval.duration()
            if refreshInterval == .zero { throw interval.error("refresh_interval must be greater than 0") }
        }
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

    package func makeSource() -> any TargetSource { FileTargets(self) }

    package static func metrics(failures: Int) -> [SelfMetricFamily] {
        let errors = SelfMetricFamily(
            name: "prometheus_sd_file_read_errors_total", help: "Target files that could not be read.",
            kind: .counter, points: [.init(value: Double(failures))])
        return [errors, FileTargets.modificationTimes([])]
    }

    /// Returns whether `path` ends in `.json`, `.yml` or `.yaml`, and has at most one `*`, in its last component.
    private static func isValid(_ path: String) -> Bool {
        let endings = [".json", ".yml", ".yaml", ".JSON", ".YML", ".YAML"]
        guard endings.contains(where: path.hasSuffix) else { return false }
        guard let star = path.firstIndex(of: "*") else { return true }
        return !path[path.index(after: star)...].contains("/")
    }
}

/// Reads the files of a ``FileDiscovery`` and remembers their targets.
///
/// A file that cannot be read or parsed keeps the targets it had; when a file is deleted, its targets go too.
package struct FileTargets: TargetSource {
    package let discovery: FileDiscovery
    private var files: [String: File] = [:]
    private var lastFullRead: ContinuousClock.Instant?

    private struct File {
        /// The stamp at the last attempt to read, whether it succeeded or not.
        var stamp: LocalFile.Stamp?
        var groups: [TargetGroup]
    }

    package init(_ discovery: FileDiscovery) { self.discovery = discovery }

    /// The groups of all files, by path; each group has the label `__meta_filepath`.
    package var groups: [TargetGroup] { files.sorted { $0.key < $1.key }.flatMap(\.value.groups) }

    /// When each file was last modified, in seconds since 1970, as of its last reading.
    package var metrics: [SelfMetricFamily] {
        let points = files.sorted { $0.key < $1.key }.compactMap { path, file in
            file.stamp.map { stamp in
                SelfMetricFamily.Point(
                    labels: [("filename", path)],
                    value: Double(stamp.modifiedSeconds) + Double(stamp.modifiedNanoseconds) / 1e9)
            }
        }
        return [Self.modificationTimes(points)]
    }

    static func modificationTimes(_ points: [SelfMetricFamily.Point]) -> SelfMetricFamily {
        SelfMetricFamily(
            name: "prometheus_sd_file_mtime_seconds", help: "When the target files were last modified.",
            kind: .gauge, points: points)
    }

    /// Checks all files and reads those that changed, or all of them if the refresh interval is over.
    package mutating func refresh(now: ContinuousClock.Instant = .now) -> TargetSourceUpdate {
        var update = TargetSourceUpdate()
        let readsAll = lastFullRead.map { now - $0 >= discovery.refreshInterval } ?? true
        if readsAll { lastFullRead = now }
        let paths = Set(discovery.patterns.flatMap(LocalFile.matching))
        for path in files.keys where !paths.contains(path) {
            update.changed = update.changed || !files[path]!.groups.isEmpty
            files[path] = nil
        }
        for path in paths {
            // The stamp is taken before reading, so that a change in between is noticed the next time.
            let stamp = LocalFile.stamp(path)
            if !readsAll, let known = files[path], known.stamp == stamp { continue }
            let previous = files[path]?.groups ?? []
            do {
                let groups = try Self.read(path)
                update.changed = update.changed || groups != previous
                files[path] = File(stamp: stamp, groups: groups)
            } catch {
                update.failures.append(error)
                files[path] = File(stamp: stamp, groups: previous)
            }
        }
        return update
    }

    private static func read(_ path: String) throws(ConfigurationError) -> [TargetGroup] {
        let bytes: [UInt8]
        do { bytes = try LocalFile.read(path) } catch { throw ConfigurationError(unreadable: path, error) }
        var groups = try TargetGroup.groups(in: bytes, file: path)
        for index in groups.indices {
            groups[index].labels = groups[index].labels.setting("__meta_filepath", to: path)
        }
        return groups
    }
}
