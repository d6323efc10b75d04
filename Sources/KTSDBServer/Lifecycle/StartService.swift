internal import ServiceLifecycle

/// Releases the log when the server listens and the database is open, or when that takes long.
struct StartService: Service {
    let state: ServerState
    let log: StartLog

    func run() async throws {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { await state.whenStarted() }
            group.addTask { (try? await Task.sleep(for: StartLog.patience)) != nil }
            // When cancelled, both tasks end without a result: the start was refused.
            if await group.next() == true { log.release() }
            group.cancelAll()
        }
        try? await gracefulShutdown()
    }
}
