/// What target sources share: whom they wake, where they count, and how they introduce themselves.
package struct SourceSurroundings: Sendable {
    /// Who uses the targets.
    package enum User: String, Sendable {
        case scrape, notify
    }

    /// Raised when a source has found something.
    package let signal = ChangeSignal()
    package let figures: DiscoveryFigures
    let shared: SharedDiscoveries
    package let options: DiscoveryOptions
    /// The header `User-Agent`.
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
