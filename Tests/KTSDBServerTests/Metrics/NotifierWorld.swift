import KTSDBEngine
import KTSDBModel
import KTSDBServer
import KTSDBTesting

@testable import KTSDBAlerting
@testable import KTSDBNotify

/// A server with a notifier whose time a test moves, on a disk that it may break.
struct NotifierWorld: Sendable {
    let server: TestServer
    let service: NotifierService
    let clock: ManualClock
    let disk: SimulatedFileSystem

    static let configuration = """
        route: {receiver: team, group_by: [alertname], group_wait: 1s, routes: [
          {receiver: team, matchers: ['team="muted"'], mute_time_intervals: [always]},
          {receiver: team, matchers: ['team="inactive"'], active_time_intervals: [never]}]}
        inhibit_rules: [{source_matchers: ['alertname="Source"'], target_matchers: ['alertname="Target"']}]
        receivers: [{name: team, webhook_configs: [{url: 'http://h.test'}]}]
        time_intervals: [{name: always, time_intervals: [{}]}, {name: never, time_intervals: [{years: ['1999']}]}]
        """

    /// Answers all notifications in the same way, each after a moment.
    private struct Sender: NotificationSender {
        let outcome: AttemptOutcome
        let clock: ManualClock

        func send(
            _ delivery: Delivery, _ integration: IntegrationConfiguration, _ context: PayloadContext,
            at now: WallTime, within remaining: Duration
        ) async -> AttemptOutcome {
            clock.advance(by: .milliseconds(5))
            return outcome
        }

        func forgetConnections() async {}
        func close() async {}
    }

    /// What `/metrics` says before and after `body`; all notifications end with `outcome`.
    static func pages(
        _ outcome: AttemptOutcome = AttemptOutcome(.success(), status: 200),
        settings: NotifierSettings = NotifierSettings(),
        _ body: @escaping @Sendable (NotifierWorld) async throws -> Void
    ) async throws -> MetricPages {
        let pages = Shared(MetricPages()), disk = SimulatedFileSystem(), clock = ManualClock()
        var configuration = Database.Configuration()
        configuration.durability = .durable
        configuration.runsMaintenance = false
        configuration.clock = .manual(clock)
        let database = try Database(files: disk, path: "/data", configuration: configuration)
        try await TestServer.run(database: database) { server in
            let service = try NotifyingServer.service(
                database, Self.configuration, settings: settings, sender: Sender(outcome: outcome, clock: clock),
                clock: .manual(clock))
            server.state.alertmanager.serve(service)
            let world = NotifierWorld(server: server, service: service, clock: clock, disk: disk)
            let before = MetricPage(try await server.get("/metrics").text)
            try await body(world)
            let after = MetricPage(try await server.get("/metrics").text)
            await service.stop()
            pages.withLock { $0 = MetricPages(before: before, after: after) }
        }
        return pages.withLock { $0 }
    }

    /// Takes alerts that fire since now.
    func post(_ labels: Labels...) async {
        await service.perform { notifier, now in
            let alerts = labels.map {
                ReceivedAlert(labels: $0, startsAt: now, endsAt: now + .seconds(300), updatedAt: now)
            }
            return (notifier.post(alerts, at: now), ())
        }
    }

    /// Silences an alert for an hour.
    func silence(_ name: String) async throws {
        _ = try await service.perform { notifier, now throws(SilenceError) in
            let matchers = Matchers([Matcher("alertname", equals: name)])
            let silence = Silence(matcherSets: [matchers], endsAt: now + .seconds(3600))
            return ([], try notifier.setSilence(silence, at: now))
        }
    }

    /// Lets time pass, and waits until everything that is due then is done.
    func pass(_ duration: Duration) async {
        clock.advance(by: duration)
        await service.advance()
        while await !service.attempts.isEmpty { await Task.yield() }
    }
}
