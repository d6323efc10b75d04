internal import AsyncHTTPClient
internal import KTSDBConfiguration
internal import Synchronization

/// The HTTP client of one job, or of some Alertmanagers, which is recreated when a file that its TLS settings name has
/// changed.
///
/// A missing or broken file costs only the requests that need it: they fail, say so, and succeed again once the file is
/// there.
final class JobClient: Sendable {
    private let settings: HTTPClientSettings
    private let state = Mutex(State())

    private struct State {
        var client: SharedClient?
        /// The files' stamps when `client` was created.
        var stamps: [LocalFile.Stamp?] = []
    }

    init(_ settings: HTTPClientSettings) { self.settings = settings }

    /// Whether the client depends on files, which may be missing.
    var needsFiles: Bool { !settings.tls.paths.isEmpty }

    /// Returns the client for one request. Costs a look at each file that the TLS settings name.
    func current() throws(FetchError) -> SharedClient {
        // Taken before reading, so that a change in between is noticed the next time.
        let stamps = settings.tls.paths.map(LocalFile.stamp)
        do {
            return try state.withLock { state in
                if let client = state.client, state.stamps == stamps { return client }
                state.client = nil
                let client = SharedClient(try settings.makeClient())
                (state.client, state.stamps) = (client, stamps)
                return client
            }
        } catch {
            throw .failed("\(error)")
        }
    }

    /// Closes the connections; requests in progress fail.
    func close() async { await state.withLock { $0.client.take() }?.close() }
}
