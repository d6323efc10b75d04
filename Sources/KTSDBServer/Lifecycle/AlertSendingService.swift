internal import KTSDBAlerting
internal import ServiceLifecycle

/// Sends alerts to the Alertmanagers of the configuration; at the end, sends those that wait.
struct AlertSendingService: Service {
    let state: ServerState

    func run() async throws {
        let sender = try await state.whenReady.sender
        await cancelWhenGracefulShutdown { await sender.run() }
        await sender.stop()
    }
}
