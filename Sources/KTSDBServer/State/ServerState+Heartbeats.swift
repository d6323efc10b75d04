internal import KTSDBAlerting
internal import KTSDBEngine
internal import KTSDBModel
internal import KTSDBRules
internal import Logging
internal import Synchronization

extension ServerState {
    /// What keeps heartbeats from being sent: rules that are not evaluated, samples that are not stored, notifications
    /// that do not arrive.
    func heartbeatObstacles() async -> [String] {
        guard let parts = try? ready else { return ["the database is not open"] }
        var found: [String] = []
        if let fault = parts.database.storageFault { found.append("samples are not stored: \(fault)") }
        if let concern = diskConcern { found.append(concern) }
        let now = options.ruleClock.now, started = PreciseTime(self.started)
        for evaluator in await parts.rules.evaluators {
            found += HeartbeatHealth.obstacles(evaluator.group, evaluator.statistics, started: started, at: now)
        }
        if parts.sender.isCutOff { found.append("no Alertmanager takes alerts") }
        for integration in await parts.notifier?.failingIntegrations ?? [] {
            found.append("notifications to \(integration) do not arrive")
        }
        return found
    }

    /// Makes what sends the heartbeats of the settings; from then on the API and the metrics show what becomes of them.
    func makeHeartbeatSender(_ client: any HeartbeatClient) -> HeartbeatSender {
        let sender = HeartbeatSender(
            client: client, logger: logger,
            targets: { [weak self] in self?.settings[HeartbeatSettings.self].targets ?? [] },
            obstacles: { [weak self] in await self?.heartbeatObstacles() ?? [] },
            time: { [options] in options.ruleClock.now.timestamp })
        heartbeatSender.withLock { $0 = sender }
        return sender
    }

    /// What became of the heartbeats that are sent.
    func heartbeatReport() async -> HeartbeatReport {
        let sender = heartbeatSender.withLock { $0 }
        return await sender?.report() ?? HeartbeatReport()
    }

    /// Begins to expect the heartbeats of the settings, and returns the group of rules that watches them; nil without
    /// any.
    func expectHeartbeats(_ settings: Settings) async -> RuleGroup? {
        let expectations = settings[HeartbeatSettings.self].expectations, now = options.ruleClock.now.timestamp
        guard !expectations.isEmpty, let database = try? ready.database else { return nil }
        do {
            try await workers.run { try HeartbeatExpectation.begin(expectations, at: now, in: database) }
        } catch {
            logger.error("what heartbeats came cannot be read or stored", metadata: ["error": "\(error)"])
        }
        return HeartbeatExpectation.group(expectations, file: options.settingsFile)
    }
}
