package import KTSDBConfiguration

/// What target sources find within some time, for tools.
package struct TargetSearch: Sendable {
    /// The groups of all sources.
    package private(set) var groups: [TargetGroup] = []
    /// The files that could not be read and the requests that failed, each reason once.
    package private(set) var failures: [ConfigurationError] = []

    /// Creates a search that has found nothing.
    package init() {}

    /// Refreshes all sources. Returns at once if none of them works in the background, and otherwise after `time`.
    package static func run(
        _ entries: [TargetSourceEntry], for time: Duration, options: DiscoveryOptions = .init()
    ) async -> TargetSearch {
        let surroundings = SourceSurroundings(user: .scrape, userAgent: "ktsdb", options: options)
        var sources = entries.map { $0.makeSource(in: surroundings) }, search = TargetSearch()
        let end = ContinuousClock.now + time
        while true {
            for index in sources.indices {
                let update = await sources[index].refresh(now: .now)
                for failure in update.failures where !search.failures.contains(failure) {
                    search.failures.append(failure)
                }
            }
            let waits = sources.contains { $0 is BackgroundTargets }, now = ContinuousClock.now
            guard waits, now < end else { break }
            guard (try? await Task.sleep(until: min(end, now + .milliseconds(100)))) != nil else { break }
        }
        search.groups = sources.flatMap(\.groups)
        return search
    }
}
