internal import KTSDBRules
internal import ServiceLifecycle

/// Evaluates rules from the moment the database is open.
struct RuleService: Service {
    let state: ServerState

    func run() async throws {
        let rules = try await state.whenReady.rules
        try await state.loadRules()
        await cancelWhenGracefulShutdown { await rules.run() }
        // The states of rules are in the database: the next start continues.
        await rules.stop()
    }
}
