internal import KTSDBConfiguration

/// Asks for all targets every now and then.
protocol TargetFinder: Sendable {
    /// Returns all targets that there are now.
    func find() async throws(DiscoveryFailure) -> [TargetGroup]
    /// Ends connections.
    func close() async
}

/// A discovery that asks for all targets at regular times.
struct RefreshedDiscovery {
    /// What metrics call the mechanism: `http`, `dns`.
    let mechanism: String
    /// What errors name: the list of the configuration, and what is asked.
    let place: String
    let interval: Duration
    let finder: any TargetFinder
    /// The counter of this mechanism that a failure increases.
    var failureCounter: String?

    /// Asks until the task is cancelled. After a failure the targets stay as they were.
    func run(_ found: FoundTargets) async {
        while !Task.isCancelled {
            let begin = ContinuousClock.now
            var hasFailed = false
            do throws(DiscoveryFailure) { try found.publish(try await finder.find()) } catch {
                if Task.isCancelled { break }
                hasFailed = true
                found.report(ConfigurationError(file: place, line: nil, reason: error.description))
            }
            let figures = found.surroundings.figures
            if hasFailed, let failureCounter { figures.count(failureCounter) }
            figures.refreshed(
                mechanism, config: found.surroundings.config, took: ContinuousClock.now - begin, failed: hasFailed)
            guard (try? await Task.sleep(until: begin + interval)) != nil else { break }
        }
        await finder.close()
    }
}
