internal import ServiceLifecycle

/// Ends when the server is asked to stop over HTTP, which ends the whole group.
struct QuitService: Service {
    let state: ServerState
    let manager: ServiceManager?

    func run() async throws {
        for await _ in state.quitRequests.cancelOnGracefulShutdown() {}
        // This service is the first that a stopping group asks to stop.
        manager?.send(.stopping)
        state.notices.add(.stopping)
        state.stopReads()
        state.notices.close()
    }
}
