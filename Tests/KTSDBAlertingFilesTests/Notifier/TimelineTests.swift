import KTSDBAlertingFiles
import KTSDBModel
import KTSDBNotify
import KTSDBTesting
import Testing

/// Plays `am_timelines.json` in virtual time.
@Suite struct TimelineTests {
    private typealias Case = AlertingTable.Case
    private let start = WallTime(seconds: 1_800_000_000)

    private func time(_ value: Any?) -> WallTime? {
        AlertingTable.seconds(value).map { start + .milliseconds(Int(($0 * 1000).rounded())) }
    }

    @Test(arguments: 0..<20 as Range<UInt64>) func `sessions notify as Alertmanager does`(seed: UInt64) throws {
        for entry in try AlertingTable.cases("am_timelines") {
            var players = try play(entry, seed: seed)
            let actions = try #require(entry["do"] as? [Case]), wanted = try #require(entry["want"] as? [Case])
            let ends =
                wanted.compactMap { AlertingTable.seconds(($0["between"] as? [Any])?[1]) }
                + actions.compactMap { AlertingTable.seconds($0["at"]) }
            try players.run(until: try #require(time(ends.max())))
            check(players, wanted, entry)
        }
    }

    private func play(_ entry: Case, seed: UInt64) throws -> VirtualReceivers {
        var text = try #require(entry["config"] as? String)
        for name in ["listener1", "listener2"] { text.replace("{\(name)}", with: "\(name).example") }
        let configuration = try AlertingTable.configuration(text)
        let plan = try NotificationPlan(configuration)
        let hasDelay = entry["flags"] != nil
        // The server of a session starts a little before the session.
        let notifier = Notifier(
            plan: plan, at: start - .milliseconds(500), startDelay: hasDelay ? .seconds(5) : .zero, seed: seed)
        let drops = entry["listener_drops"] as? [String: Case] ?? [:]
        var players = VirtualReceivers(notifier) { delivery, now in
            answer(delivery, now, configuration, drops)
        }
        var silences: [String: String] = [:]
        for action in try #require(entry["do"] as? [Case]) {
            let at = try #require(time(action["at"]))
            if let posted = action["post"] as? [Case] {
                let alerts = posted.map { self.alert($0) }
                players.at(at) { notifier, now in try post(alerts, &notifier, now) }
            } else if let silence = action["silence"] as? Case {
                let wanted = try self.silence(silence), key = "\(silence["startsAt"] ?? "")"
                players.at(at) { notifier, now in
                    silences[key] = try notifier.setSilence(wanted, at: now)
                    return []
                }
            } else if let silence = action["expire_silence"] as? Case {
                let key = "\(silence["startsAt"] ?? "")"
                players.at(at) { notifier, now in
                    try notifier.expireSilence(try #require(silences[key]), at: now)
                    return []
                }
            } else {
                players.at(at) { notifier, now in notifier.reload(plan, at: now) }
            }
        }
        return players
    }

    private func post(_ alerts: [PostedAlert], _ notifier: inout Notifier, _ now: WallTime) throws -> [NotifierEffect] {
        let timeout = notifier.plan.resolveTimeout
        return notifier.post(
            try alerts.map { try $0.alert(at: now, resolveTimeout: timeout, syntax: .fallback) }, at: now)
    }

    private func alert(_ entry: Case) -> PostedAlert {
        func pairs(_ value: Any?) -> [(name: String, value: String)] {
            (value as? [String: String] ?? [:]).map { ($0.key, $0.value) }
        }
        // Sessions leave a negative start out.
        let start = AlertingTable.seconds(entry["startsAt"]).flatMap { $0 < 0 ? nil : time($0) }
        return PostedAlert(
            labels: pairs(entry["labels"]), annotations: pairs(entry["annotations"]), startsAt: start,
            endsAt: time(entry["endsAt"]))
    }

    private func silence(_ entry: Case) throws -> Silence {
        let matchers = try #require(entry["matchers"] as? [Case]).map { matcher in
            try Matcher(
                try #require(matcher["name"] as? String),
                .init(
                    isPositive: matcher["isEqual"] as? Bool ?? true,
                    isRegularExpression: matcher["isRegex"] as? Bool ?? false),
                try #require(matcher["value"] as? String))
        }
        return Silence(
            matcherSets: [Matchers(matchers)], startsAt: try #require(time(entry["startsAt"])),
            endsAt: try #require(time(entry["endsAt"])))
    }

    private func listener(_ notification: Notification) -> String {
        notification.integration.index == 0 ? "listener1" : "listener2"
    }

    private func answer(
        _ delivery: Delivery, _ now: WallTime, _ configuration: NotifierConfiguration, _ drops: [String: Case]
    ) -> VirtualReceivers.Answer {
        guard let drop = drops[listener(delivery.notification)], let until = time(drop["until"]), now < until else {
            return .init(after: .milliseconds(1))
        }
        let after = Duration.milliseconds(Int((AlertingTable.seconds(drop["after_s"]) ?? 0) * 1000))
        let index = delivery.notification.integration.index
        let timeout = configuration.receivers[0].integrations[index].values.duration("timeout")
        if timeout > .zero, after > timeout {
            let failure = DeliveryResult.failure(reason: "timeout", isRetryable: true)
            return .init(after: timeout, result: failure, isReceived: false)
        }
        return .init(after: after + .milliseconds(1), isReceived: false)
    }

    private func check(_ players: VirtualReceivers, _ wanted: [Case], _ entry: Case) {
        let tolerance = AlertingTable.seconds(entry["tolerance_s"]) ?? 0
        var used: Set<Int> = []
        let got = players.received.map { ($0.at - start, $0.notification) }
        for want in wanted {
            let bounds = (want["between"] as? [Any] ?? []).compactMap { AlertingTable.seconds($0) }
            let alerts = want["alerts"] as? [Case] ?? []
            let found = got.indices.filter { place in
                let at = got[place].0 / .seconds(1)
                return listener(got[place].1) == want["listener"] as? String && at >= bounds[0] - tolerance
                    && at <= bounds[1] + tolerance && got[place].1.alerts.count == alerts.count
                    && alerts.allSatisfy { alert in got[place].1.alerts.contains { same($0, alert, entry, tolerance) } }
            }
            #expect(!found.isEmpty, "\(entry["name"] ?? ""): missing \(want); got \(summary(got))")
            used.formUnion(found)
        }
        #expect(used.count == got.count, "\(entry["name"] ?? ""): too many: \(summary(got))")
    }

    private func summary(_ got: [(Duration, Notification)]) -> String {
        got.map { "\($0.0) \($0.1.alerts.map { "\($0.labels) \(($0.endsAt ?? start) - start)" })" }.joined(
            separator: "; ")
    }

    private func same(_ alert: ReceivedAlert, _ wanted: Case, _ entry: Case, _ tolerance: Double) -> Bool {
        func isNear(_ time: WallTime, _ wanted: Double) -> Bool {
            abs((time - start) / .seconds(1) - wanted) <= tolerance
        }
        guard alert.labels == AlertingTable.labels(wanted["labels"]),
            alert.annotations
                == KeyValues((wanted["annotations"] as? [String: String] ?? [:]).map { ($0.key, $0.value) })
        else { return false }
        // With a start delay the table's starts are those of other moments than it says.
        if entry["flags"] == nil, let start = AlertingTable.seconds(wanted["startsAt"]), start >= 0,
            !isNear(alert.startsAt, start)
        {
            return false
        }
        guard let end = AlertingTable.seconds(wanted["endsAt"]) else { return alert.endsAt == nil }
        return alert.endsAt.map { isNear($0, end) } ?? false
    }
}
