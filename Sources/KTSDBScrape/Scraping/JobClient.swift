internal import AsyncHTTPClient
internal import Synchronization

/// The HTTP client of one job, which is made anew when a file that its TLS settings name has changed.
///
/// A file that is missing or broken costs the scrapes for which it would be needed, and no more: they fail and say so,
/// and go on when the file is there.
final class JobClient: Sendable {
    private let settings: HTTPClientSettings
    private let state = Mutex(State())

    private struct State {
        var client: SharedClient?
        /// The files as they were when `client` was made.
        var stamps: [LocalFile.Stamp?] = []
    }

    init(_ settings: HTTPClientSettings) { self.settings = settings }

    /// Whether the client depends on files, which may not be there.
    var needsFiles: Bool { !settings.tls.paths.isEmpty }

    /// The client for one request; costs a look at each file that the TLS settings name.
    func current() throws(FetchError) -> SharedClient {
        // Taken before reading: a change in between is seen the next time.
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

    /// Closes the connections; what is still under way fails.
    func close() async { await state.withLock { $0.client.take() }?.close() }
}

/// A client that is shut down when its last user lets go of it.
final class SharedClient: Sendable {
    let client: HTTPClient
    private let isClosed = Atomic(false)

    init(_ client: HTTPClient) { self.client = client }

    deinit {
        guard !isClosed.load(ordering: .relaxed) else { return }
        Task { [client] in try? await client.shutdown() }
    }

    func close() async {
        isClosed.store(true, ordering: .relaxed)
        try? await client.shutdown()
    }
}
