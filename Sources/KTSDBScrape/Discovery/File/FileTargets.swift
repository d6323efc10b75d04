internal import KTSDBConfiguration
internal import KTSDBModel

/// Reads the files of a ``FileDiscovery`` and remembers their targets.
///
/// A file that cannot be read or parsed keeps its previous targets; a deleted file loses them.
package struct FileTargets: TargetSource {
    static let readErrors = "prometheus_sd_file_read_errors_total"
    static let watchErrors = "prometheus_sd_file_watcher_errors_total"
    static let scanDuration = "prometheus_sd_file_scan_duration_seconds"

    package let discovery: FileDiscovery
    private let surroundings: SourceSurroundings?
    /// Nil if files are only checked every few seconds.
    private let watch: TargetFileWatchMember?
    private var files: [String: File] = [:]
    private var lastFullRead: ContinuousClock.Instant?
    private var unwatched = 0

    private struct File {
        /// The stamp at the last attempt to read the file, whether it succeeded or not.
        var stamp: LocalFile.Stamp?
        var groups: [TargetGroup]
    }

    /// Creates a source that checks the files only when it is refreshed.
    package init(_ discovery: FileDiscovery) { self.init(discovery, surroundings: nil, watch: nil) }

    /// Creates a source that also raises the signal of `surroundings` when files change.
    init(_ discovery: FileDiscovery, in surroundings: SourceSurroundings) {
        self.init(
            discovery, surroundings: surroundings, watch: TargetFileWatchMember(surroundings.shared.fileWatch))
    }

    private init(_ discovery: FileDiscovery, surroundings: SourceSurroundings?, watch: TargetFileWatchMember?) {
        self.discovery = discovery
        self.surroundings = surroundings
        self.watch = watch
    }

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

    /// Checks all files and reads those that have changed, or all of them once the refresh interval has passed.
    package mutating func refresh(now: ContinuousClock.Instant = .now) -> TargetSourceUpdate {
        let begin = ContinuousClock.now
        // Before the files are checked, so that a change in between is reported.
        watchDirectories()
        let update = scan(now)
        surroundings?.figures.count(Self.readErrors, by: update.failures.count)
        surroundings?.figures.observe(ContinuousClock.now - begin, Self.scanDuration)
        return update
    }

    private mutating func watchDirectories() {
        guard let watch else { return }
        let directories = discovery.patterns.map { path in
            let directory = LocalFile.directory(of: path)
            return directory.isEmpty ? "." : directory
        }
        let failures = watch.watch(Set(directories))
        // A directory that cannot be watched is counted once, not every few seconds.
        surroundings?.figures.count(Self.watchErrors, by: max(0, failures - unwatched))
        unwatched = failures
    }

    private mutating func scan(_ now: ContinuousClock.Instant) -> TargetSourceUpdate {
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
