internal import ServiceLifecycle

/// Ends when the server is asked to stop over HTTP, and with it the whole group.
struct QuitService: Service {
    let state: ServerState

    func run() async throws {
        for await _ in state.quitRequests.cancelOnGracefulShutdown() {}
        // The first that a stopping group tells so.
        state.stopReads()
    }
}
