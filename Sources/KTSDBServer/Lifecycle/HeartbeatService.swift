internal import KTSDBAlerting
internal import ServiceLifecycle

/// Sends heartbeats from the moment the database is open until the server stops.
struct HeartbeatService: Service {
    let state: ServerState

    func run() async throws {
        _ = try await state.whenReady
        let client = HTTPHeartbeatClient(userAgent: "ktsdb/\(BuildInformation.version)")
        let sender = state.makeHeartbeatSender(client)
        await cancelWhenGracefulShutdown { await sender.run() }
    }
}
