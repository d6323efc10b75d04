internal import ServiceLifecycle
internal import UnixSignals

/// Reads the configuration again on SIGHUP.
struct ReloadService: Service {
    let state: ServerState
    let manager: ServiceManager?

    func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            manager?.send(.reloading)
            // Errors have been logged, and the old configuration stays.
            try? await state.reload()
            manager?.send(.ready)
        }
    }
}
