import KTSDBEngine
import KTSDBModel
import KTSDBScrape
import KTSDBTesting
import Testing

@testable import KTSDBAlerting
@testable import KTSDBNotify
@testable import KTSDBRules

@Suite struct `Metrics of the notifier` {
    private static let text = """
        route: {receiver: team, group_by: [alertname], group_wait: 1s, routes: [
          {receiver: team, matchers: ['team="muted"'], mute_time_intervals: [always]},
          {receiver: team, matchers: ['team="inactive"'], active_time_intervals: [never]}]}
        inhibit_rules: [{source_matchers: ['alertname="Source"'], target_matchers: ['alertname="Target"']}]
        receivers: [{name: team, webhook_configs: [{url: 'http://h.test'}], pagerduty_configs: [{routing_key: k}]}]
        time_intervals: [{name: always, time_intervals: [{}]}, {name: never, time_intervals: [{years: ['1999']}]}]
        """

    @Test func `move with what they count`() async throws {
        let rig = try NotifierRig(Self.text)
        rig.sender.answer { delivery in
            delivery.notification.integration.kind == "webhook"
                ? AttemptOutcome(.success(), status: 200)
                : AttemptOutcome(.failure(reason: "no", isRetryable: false), status: 401, reason: .authError)
        }
        let end = WallTime(milliseconds: rig.clock.now.milliseconds) + .seconds(3600)
        _ = try await rig.service.perform { notifier, now throws(SilenceError) in
            let matchers = Matchers([Matcher("alertname", equals: "Silenced")])
            return ([], try notifier.setSilence(Silence(matcherSets: [matchers], endsAt: end), at: now))
        }
        let alerts =
            ["Source", "Target", "Silenced"].map { rig.alert($0) }
            + [rig.alert("M", ["team": "muted"]), rig.alert("I", ["team": "inactive"])]
        rig.offer(alerts)
        await rig.settle()
        rig.clock.advance(by: .seconds(1))
        await rig.settle()

        #expect(await rig.metric("alerts", ["active"]) == 3)
        #expect(await rig.metric("alerts", ["suppressed"]) == 2)
        #expect(await rig.metric("alerts_received_total", ["firing"]) == 5)
        #expect(await rig.metric("notifications_total", ["webhook"]) == 1)
        #expect(await rig.metric("notifications_total", ["pagerduty"]) == 1)
        #expect(await rig.metric("notifications_failed_total", ["pagerduty", "authError"]) == 1)
        #expect(await rig.metric("notifications_failed_total", ["webhook", "authError"]) == 0)
        #expect(await rig.metric("notification_requests_total", ["pagerduty"]) == 1)
        #expect(await rig.metric("notification_requests_failed_total", ["pagerduty"]) == 1)
        #expect(await rig.metric("notification_requests_failed_total", ["webhook"]) == 0)
        #expect(await rig.metric("notification_latency_seconds", ["webhook", "+Inf"], suffix: "_bucket") == 1)
        #expect(await rig.metric("notification_latency_seconds", ["webhook"], suffix: "_count") == 1)
        for reason in ["silence", "inhibition", "mute_time_interval", "active_time_interval"] {
            #expect(await rig.metric("notifications_suppressed_total", [reason]) == 1, "\(reason)")
        }
        #expect(await rig.metric("silences", ["active"]) == 1)
        #expect(await rig.metric("silences_queries_total") == 2)
        #expect(await rig.metric("nflog_queries_total") == 2)
        #expect(await rig.metric("nflog_query_errors_total") == 2)
        #expect(await rig.metric("nflog_entries") == 1)
        #expect(await rig.metric("dispatcher_aggregation_groups") == 5)
        #expect(
            await rig.metric("dispatcher_alert_processing_duration_seconds", suffix: "_count") == 5)
        #expect(await rig.metric("receivers") == 1)
        #expect(await rig.metric("integrations") == 2)
        let hash = await rig.metric("config_hash")
        #expect(hash != 0 && hash.map { $0 < 0x1p48 } == true)

        await rig.pass(.seconds(30), alerts.map { rig.resolved($0) })
        #expect(await rig.metric("alerts_received_total", ["resolved"]) == 10)
        #expect(await rig.metric("alerts", ["active"]) == 0)
    }

    @Test func `are of one kind each`() async throws {
        let rig = try NotifierRig(Self.text)
        let families = await rig.service.selfMetrics()
        #expect(Set(families.map(\.name)).count == families.count)
        for family in families where family.name.hasSuffix("_total") { #expect(family.kind == .counter) }
    }
}

@Suite struct `The log of deliveries` {
    @Test func `gives what is asked for, the newest first`() async throws {
        let rig = try NotifierRig()
        rig.sender.answer { delivery in
            delivery.notification.groupLabels["alertname"] == "B"
                ? AttemptOutcome(.failure(reason: "no", isRetryable: false), status: 404, reason: .clientError)
                : AttemptOutcome(.success(), status: 200, warning: "template: x")
        }
        let first = rig.alert("A")
        await rig.pass(.seconds(45), [first])
        await rig.pass(.seconds(45), [first, rig.alert("B")])
        let all = await rig.service.deliveries()
        #expect(all.map { $0.groupLabels["alertname"] } == ["B", "A"])
        #expect(all.map(\.error) == ["no", "template: x"] && all.map(\.status) == [404, 200])
        var filter = DeliveryHistory.Filter()
        filter.isDelivered = false
        #expect(await rig.service.deliveries(filter).count == 1)
        filter = DeliveryHistory.Filter()
        filter.matchers = Matchers([Matcher("alertname", equals: "A")])
        #expect(await rig.service.deliveries(filter).map(\.status) == [200])
        filter.receiver = "other"
        #expect(await rig.service.deliveries(filter).isEmpty)
        filter = DeliveryHistory.Filter()
        (filter.integration, filter.limit) = ("webhook", 1)
        #expect(await rig.service.deliveries(filter).count == 1)
        filter.from = all[0].time + .seconds(1)
        #expect(await rig.service.deliveries(filter).isEmpty)
    }

    @Test func `keeps the newest`() {
        var history = DeliveryHistory()
        let notification = Notification(
            integration: IntegrationID(receiver: "r", kind: "webhook", index: 0), reason: .unknown, groupKey: "g",
            groupLabels: Labels(), routeLabels: KeyValues(), alerts: [], tick: .zero, data: [:], firing: [],
            resolved: [], repeatInterval: .zero)
        var records: [String: [UInt8]] = [:]
        for number in 0..<(DeliveryHistory.limit + 50) {
            let report = DeliveryReport(
                notification, at: WallTime(seconds: Int64(number)), attempts: 1, duration: .zero, status: nil,
                error: "", isDelivered: true)
            for record in history.add(report) { records[record.key] = record.bytes }
        }
        var filter = DeliveryHistory.Filter()
        filter.limit = .max
        let kept = history.matching(filter)
        #expect(kept.count == DeliveryHistory.limit && records.count == DeliveryHistory.limit)
        #expect(kept.first?.time == WallTime(seconds: Int64(DeliveryHistory.limit + 49)))
        var state = StoredState()
        for bytes in records.values { state.add(.deliveries, bytes) }
        #expect(state.problems.isEmpty && DeliveryHistory(state.reports).matching(filter) == kept)
    }
}
