internal import AsyncHTTPClient
package import NIOCore

/// The HTTP client of one job.
package struct HTTPFetcher: Sendable {
    private let job: ScrapeJob
    private let client: HTTPClient

    /// - Throws: when the job's certificates cannot be used.
    package init(job: ScrapeJob) throws {
        self.job = job
        client = try job.client.makeClient(bodyLimit: job.limits.maximumBodyBytes)
    }

    /// Fetches the pages of `target`, best on the thread of `loop`.
    package func source(for target: Target, userAgent: String, on loop: any EventLoop) -> some PageSource {
        HTTPPageSource(target, job: job, client: client, userAgent: userAgent, loop: loop)
    }

    /// Closes the connections; what is still under way fails.
    package func close() async { try? await client.shutdown() }
}
