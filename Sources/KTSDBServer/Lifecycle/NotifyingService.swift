internal import KTSDBAlerting
internal import ServiceLifecycle

/// Runs the notifier of this process, if there is one.
struct NotifyingService: Service {
    let state: ServerState

    func run() async throws {
        let notifier = try await state.whenReady.notifier
        await cancelWhenGracefulShutdown {
            if let notifier { await notifier.run() } else { try? await gracefulShutdown() }
        }
        await notifier?.stop()
    }
}
