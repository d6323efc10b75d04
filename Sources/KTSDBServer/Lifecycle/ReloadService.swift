internal import ServiceLifecycle
internal import UnixSignals

/// Reads the configuration again on SIGHUP.
struct ReloadService: Service {
    let state: ServerState

    func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            // What is wrong with it has been logged; the old configuration stays.
            try? await state.reload()
        }
    }
}
