/// What target sources share: the signal that they raise, their counters, and their `User-Agent`.
package struct SourceSurroundings: Sendable {
    /// What the targets are used for.
    package enum User: String, Sendable {
        case scrape, notify
    }

    /// Raised when a source has found something.
    package let signal = ChangeSignal()
    package let figures: DiscoveryFigures
    let shared: SharedDiscoveries
    package let options: DiscoveryOptions
    /// The value of the header `User-Agent`.
    let userAgent: String
    package let user: User
    /// The name of the job, or of the entry of `alertmanagers`, for metrics.
    package private(set) var config = ""

    package init(
        user: User, userAgent: String, figures: DiscoveryFigures = .init(), options: DiscoveryOptions = .init()
    ) {
        shared = SharedDiscoveries(signal)
        self.user = user
        self.userAgent = userAgent
        self.figures = figures
        self.options = options
    }

    /// Returns the surroundings of the sources of a job.
    package func of(_ config: String) -> SourceSurroundings {
        var surroundings = self
        surroundings.config = config
        return surroundings
    }
}
