package import NIOCore

/// The HTTP client of one job.
package struct HTTPFetcher: Sendable {
    private let job: ScrapeJob
    private let client: JobClient
    /// The header `Accept`, which all targets share.
    private let accept: String

    /// Whether requests need files, which may be missing.
    var needsFiles: Bool { client.needsFiles }

    /// Creates a fetcher that does not have any connections yet.
    package init(job: ScrapeJob) {
        self.job = job
        client = JobClient(job.client)
        accept = HTTPBodySource.accept(job)
    }

    /// Returns the source of the bodies of `target`, best used on the thread of `loop`.
    package func source(for target: Target, userAgent: String, on loop: any EventLoop) -> some BodySource {
        HTTPBodySource(target, job: job, client: client, accept: accept, userAgent: userAgent, loop: loop)
    }

    /// Closes the connections; requests in progress fail.
    package func close() async { await client.close() }
}
