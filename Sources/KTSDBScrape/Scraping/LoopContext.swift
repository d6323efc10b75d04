internal import KTSDBConfiguration
internal import KTSDBModel
internal import NIOCore
internal import PrometheusWire

/// A job that all its targets share: copies for a hundred thousand targets would take a hundred megabytes.
package final class SharedJob: Sendable {
    package let value: ScrapeJob

    package init(_ value: ScrapeJob) { self.value = value }
}

/// What the loops of a pool share.
final class LoopContext: Sendable {
    typealias MakeIngest = @Sendable (Target, SharedJob) -> any BodyIngest

    let job: SharedJob
    let environment: ScrapeEnvironment
    let fetcher: HTTPFetcher
    /// The file for failed scrapes.
    let failures: AppendedFile?
    private let userAgent: String
    private let makeIngest: MakeIngest
    private let intervalName: String

    init(
        _ job: ScrapeJob, _ environment: ScrapeEnvironment, userAgent: String, makeIngest: @escaping MakeIngest
    ) {
        self.job = SharedJob(job)
        self.environment = environment
        self.userAgent = userAgent
        self.makeIngest = makeIngest
        fetcher = HTTPFetcher(job: job)
        failures = environment.failures.file(job.failureLogFile)
        intervalName = PrometheusDuration.format(job.interval)
    }

    func source(for target: Target, on loop: any EventLoop) -> any BodySource {
        fetcher.source(for: target, userAgent: userAgent, on: loop)
    }

    func ingest(for target: Target) -> any BodyIngest { makeIngest(target, job) }

    /// Returns the interval of a target as metrics write it; it is nearly always the job's.
    func intervalName(of target: Target) -> String {
        target.interval == job.value.interval ? intervalName : PrometheusDuration.format(target.interval)
    }

    /// Returns a context with another job or another environment.
    func changed(_ job: ScrapeJob, _ environment: ScrapeEnvironment) -> LoopContext {
        LoopContext(job, environment, userAgent: userAgent, makeIngest: makeIngest)
    }
}
