import KTSDBAlertingFiles
import KTSDBModel
import KTSDBNotify
import KTSDBTesting

/// `am_timelines.json`: sessions of clients and receivers, played in virtual time.
enum TimelineTable {
    /// Sessions are played with several states of what is random.
    static let seeds: Range<UInt64> = 0..<20

    static let table = AlertTable("am_timelines.json") { entry in
        for seed in seeds { try checkSession(entry, seed: seed) }
    }

    private static let start = NotifierTable.now

    private static func time(_ value: TableValue?) -> WallTime? {
        value?.number.map { start + .milliseconds(Int(($0 * 1000).rounded())) }
    }

    private static func checkSession(_ entry: TableValue, seed: UInt64) throws {
        var players = try play(entry, seed: seed)
        let actions = try need(entry["do"]?.array), wanted = try need(entry["want"]?.array)
        let ends =
            wanted.compactMap { $0["between"]?.list[1].number } + actions.compactMap { $0["at"]?.number }
        try players.run(until: time(TableValue(value: try need(ends.max())))!)
        try compare(players, wanted, entry)
    }

    private static func play(_ entry: TableValue, seed: UInt64) throws -> VirtualReceivers {
        var text = try need(entry["config"]?.text)
        for name in ["listener1", "listener2"] { text.replace("{\(name)}", with: "\(name).example") }
        let configuration = try FileTable.configuration(text)
        let plan = try NotificationPlan(configuration)
        let hasDelay = entry["flags"] != nil
        // The server of a session starts a little before the session.
        let notifier = Notifier(
            plan: plan, at: start - .milliseconds(500), startDelay: hasDelay ? .seconds(5) : .zero, seed: seed)
        let drops = entry["listener_drops"]?.members ?? [:]
        var players = VirtualReceivers(notifier) { delivery, now in
            answer(delivery, now, configuration, drops)
        }
        var silences: [String: String] = [:]
        for action in try need(entry["do"]?.array) {
            let at = try need(time(action["at"]))
            if let posted = action["post"]?.array {
                let alerts = posted.map(alert)
                players.at(at) { notifier, now in try post(alerts, &notifier, now) }
            } else if let silence = action["silence"] {
                let wanted = try self.silence(silence), key = "\(silence["startsAt"]?.number ?? 0)"
                players.at(at) { notifier, now in
                    silences[key] = try notifier.setSilence(wanted, at: now)
                    return []
                }
            } else if let silence = action["expire_silence"] {
                let key = "\(silence["startsAt"]?.number ?? 0)"
                players.at(at) { notifier, now in
                    try notifier.expireSilence(try need(silences[key]), at: now)
                    return []
                }
            } else {
                players.at(at) { notifier, now in notifier.reload(plan, at: now) }
            }
        }
        return players
    }

    private static func post(
        _ alerts: [PostedAlert], _ notifier: inout Notifier, _ now: WallTime
    ) throws -> [NotifierEffect] {
        let timeout = notifier.plan.resolveTimeout
        return notifier.post(
            try alerts.map { try $0.alert(at: now, resolveTimeout: timeout, syntax: .fallback) }, at: now)
    }

    private static func alert(_ entry: TableValue) -> PostedAlert {
        // Sessions leave a negative start out.
        let isLeftOut = (entry["startsAt"]?.number ?? 0) < 0
        return PostedAlert(
            labels: NotifierTable.pairs(entry["labels"]), annotations: NotifierTable.pairs(entry["annotations"]),
            startsAt: isLeftOut ? nil : time(entry["startsAt"]),
            endsAt: time(entry["endsAt"]))
    }

    private static func silence(_ entry: TableValue) throws -> Silence {
        let matchers = try need(entry["matchers"]?.array).map { matcher in
            try Matcher(
                try need(matcher["name"]?.text),
                .init(
                    isPositive: matcher["isEqual"]?.flag ?? true,
                    isRegularExpression: matcher["isRegex"]?.flag ?? false),
                try need(matcher["value"]?.text))
        }
        return Silence(
            matcherSets: [Matchers(matchers)], startsAt: try need(time(entry["startsAt"])),
            endsAt: try need(time(entry["endsAt"])))
    }

    private static func listener(_ notification: Notification) -> String {
        notification.integration.index == 0 ? "listener1" : "listener2"
    }

    private static func answer(
        _ delivery: Delivery, _ now: WallTime, _ configuration: NotifierConfiguration, _ drops: [String: TableValue]
    ) -> VirtualReceivers.Answer {
        guard let drop = drops[listener(delivery.notification)], let until = time(drop["until"]), now < until else {
            return .init(after: .milliseconds(1))
        }
        let after = Duration.milliseconds(Int((drop["after_s"]?.number ?? 0) * 1000))
        let index = delivery.notification.integration.index
        let timeout = configuration.receivers[0].integrations[index].values.duration("timeout")
        if timeout > .zero, after > timeout {
            let failure = DeliveryResult.failure(reason: "timeout", isRetryable: true)
            return .init(after: timeout, result: failure, isReceived: false)
        }
        return .init(after: after + .milliseconds(1), isReceived: false)
    }

    private static func compare(_ players: VirtualReceivers, _ wanted: [TableValue], _ entry: TableValue) throws {
        let tolerance = entry["tolerance_s"]?.number ?? 0
        var used: Set<Int> = []
        let got = players.received.map { ($0.at - start, $0.notification) }
        for want in wanted {
            let bounds = (want["between"]?.list ?? []).compactMap(\.number)
            let alerts = want["alerts"]?.array ?? []
            let found = got.indices.filter { place in
                let at = got[place].0 / .seconds(1)
                return listener(got[place].1) == want["listener"]?.text && at >= bounds[0] - tolerance
                    && at <= bounds[1] + tolerance && got[place].1.alerts.count == alerts.count
                    && alerts.allSatisfy { alert in got[place].1.alerts.contains { same($0, alert, entry, tolerance) } }
            }
            try check(!found.isEmpty, "a notification like \(want)", got: summary(got))
            used.formUnion(found)
        }
        try check(used.count == got.count, "\(used.count) notifications", got: summary(got))
    }

    private static func summary(_ got: [(Duration, Notification)]) -> String {
        got.map { "\($0.0) \($0.1.alerts.map { "\($0.labels) \(($0.endsAt ?? start) - start)" })" }.joined(
            separator: "; ")
    }

    private static func same(
        _ alert: ReceivedAlert, _ wanted: TableValue, _ entry: TableValue, _ tolerance: Double
    ) -> Bool {
        func isNear(_ time: WallTime, _ wanted: Double) -> Bool {
            abs((time - start) / .seconds(1) - wanted) <= tolerance
        }
        guard alert.labels == NotifierTable.labels(wanted["labels"]),
            alert.annotations == NotifierTable.keyValues(wanted["annotations"])
        else { return false }
        // With a start delay the table's starts are those of other moments than it says.
        if entry["flags"] == nil, let start = wanted["startsAt"]?.number, start >= 0,
            !isNear(alert.startsAt, start)
        {
            return false
        }
        guard let end = wanted["endsAt"]?.number else { return alert.endsAt == nil }
        return alert.endsAt.map { isNear($0, end) } ?? false
    }
}
