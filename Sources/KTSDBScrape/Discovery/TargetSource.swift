package import KTSDBConfiguration
internal import KTSDBModel

/// Finds targets by one mechanism, for one entry of a job's `static_configs`, `file_sd_configs` and so on.
///
/// A scrape pool keeps its sources and refreshes them every few seconds. To add a mechanism, write its settings and its
/// source in files of their own and add the settings to ``TargetSources/served``.
package protocol TargetSource: Sendable {
    /// The groups of targets as of the last refresh.
    var groups: [TargetGroup] { get }

    /// The source's own part of the metrics that its settings declare (``TargetSourceSettings/metrics``).
    var metrics: [SelfMetricFamily] { get }

    /// Whether the targets are those of the first refresh for ever, so that nobody needs to look again.
    var isFixed: Bool { get }

    /// Looks for changes.
    ///
    /// Called every few seconds, unless all sources are fixed, and when a source has raised the signal of its
    /// surroundings. Sources are refreshed one after the other, so this must return within milliseconds: a source that
    /// uses the network runs a ``BackgroundDiscovery``, and returns here what has arrived.
    mutating func refresh(now: ContinuousClock.Instant) async -> TargetSourceUpdate
}

extension TargetSource {
    package var isFixed: Bool { false }
}

/// The result of refreshing a target source.
package struct TargetSourceUpdate: Sendable {
    /// Whether the groups differ from those before.
    package var changed = false
    /// The files or parts that could not be read; their targets stay as they were.
    package var failures: [ConfigurationError] = []
}

/// The configuration of one target source: an entry of the list under ``key``.
package protocol TargetSourceSettings: Hashable, Sendable {
    /// The key of a scrape job under which such entries are listed.
    static var key: String { get }

    /// Reads and checks an entry.
    init(_ value: YAMLValue, in context: TargetSourceContext) throws(ConfigurationError)

    /// Writes the entry back, with its defaults filled in.
    func write(to map: inout YAMLMap)

    /// Creates the source for these settings.
    func makeSource(in surroundings: SourceSurroundings) -> any TargetSource

    /// The metric families of all sources of this kind, with the points that they begin with.
    static var metrics: [SelfMetricFamily] { get }
}

/// The context in which an entry of a target source is read.
package struct TargetSourceContext {
    /// The names that labels may have.
    var names: NameScheme
    /// The directory that relative paths are resolved against.
    var directory: String
    /// Whether the job has rules that may turn an invalid address into a valid one.
    var areTargetsRelabelled: Bool
}

/// The settings of one target source of any kind.
package struct TargetSourceEntry: Hashable, Sendable {
    package let settings: any TargetSourceSettings

    package init(_ settings: any TargetSourceSettings) { self.settings = settings }

    /// The key of the list that contains the entry.
    package var key: String { type(of: settings).key }

    /// Creates the source for the entry.
    package func makeSource(in surroundings: SourceSurroundings) -> any TargetSource {
        settings.makeSource(in: surroundings)
    }

    package static func == (left: Self, right: Self) -> Bool {
        AnyHashable(left.settings) == AnyHashable(right.settings)
    }
    package func hash(into hasher: inout Hasher) { settings.hash(into: &hasher) }
}
