internal import KTSDBConfiguration

/// Fetches the complete list of targets, each time it is called.
protocol TargetFinder: Sendable {
    /// Returns all current targets.
    func find() async throws(DiscoveryFailure) -> [TargetGroup]
    /// Closes its connections.
    func close() async
}

/// A discovery that polls: it fetches all targets at a fixed interval.
struct RefreshedDiscovery {
    /// The mechanism's name in metrics, such as `http` or `dns`.
    let mechanism: String
    /// The key in the configuration that errors name, such as `dns_sd_configs`.
    let place: String
    let interval: Duration
    let finder: any TargetFinder
    /// The counter of this mechanism that a failure increases.
    var failureCounter: String?

    /// Polls until the task is cancelled. After a failure, the targets stay as they were.
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
