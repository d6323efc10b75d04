package import NIOCore

/// The HTTP client of one job.
package struct HTTPFetcher: Sendable {
    private let job: ScrapeJob
    private let client: JobClient

    /// A fetcher that has no connections yet.
    package init(job: ScrapeJob) {
        self.job = job
        client = JobClient(job.client)
    }

    /// Fetches the bodies of `target`, best on the thread of `loop`.
    package func source(for target: Target, userAgent: String, on loop: any EventLoop) -> some BodySource {
        HTTPBodySource(target, job: job, client: client, userAgent: userAgent, loop: loop)
    }

    /// Closes the connections; what is still under way fails.
    package func close() async { await client.close() }
}
