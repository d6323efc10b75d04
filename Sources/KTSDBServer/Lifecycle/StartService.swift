internal import ServiceLifecycle

/// Releases the log when the server listens and the database is open, or when that takes long, and reports to the
/// service manager that the server is ready, and then that it is alive. It is the last that a stopping group asks to
/// stop.
struct StartService: Service {
    let state: ServerState
    let log: StartLog
    let manager: ServiceManager?

    func run() async throws {
        await cancelWhenGracefulShutdown {
            guard await isStarted() else { return }
            log.release()
            manager?.send(.ready)
            await manager?.watch()
        }
        try? await gracefulShutdown()
    }

    /// Waits for the end of the start; false if the task is cancelled before.
    private func isStarted() async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { await state.whenStarted() }
            group.addTask {
                await bePatient()
                return false
            }
            let isStarted = await group.next() == true
            group.cancelAll()
            return isStarted
        }
    }

    /// Returns when it is cancelled: the start has come to its end, or was refused.
    private func bePatient() async {
        guard (try? await Task.sleep(for: StartLog.patience)) != nil else { return }
        log.release()
        repeat { manager?.send(.starting) } while (try? await Task.sleep(for: ServiceManager.startInterval)) != nil
    }
}
