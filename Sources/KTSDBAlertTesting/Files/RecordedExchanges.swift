import KTSDBModel
import KTSDBNotify
internal import PrometheusWire

/// The requests of a recorded session of Alertmanager's API, made again and compared with what was answered.
///
/// The session is of version 0.25, which knows classic names only.
final class RecordedExchanges {
    private let api: VirtualAPI
    /// Ids of silences: those that were recorded, and ours.
    private var ids: [(recorded: String, ours: String)] = []
    /// The alerts that clients send again every two seconds, and how long each lives.
    private var lasting: [Labels: (alert: PostedAlert, life: Duration)] = [:]

    init(_ configuration: NotifierConfiguration, startedAt: WallTime) {
        api = VirtualAPI(configuration, syntax: .classic, startedAt: startedAt)
    }

    /// Sends again what lasts.
    func repost(_ notifier: inout Notifier, _ now: WallTime) throws -> [NotifierEffect] {
        let alerts = try lasting.values.map { alert, life in
            var alert = alert
            alert.endsAt = now + life
            return try alert.alert(at: now, resolveTimeout: .seconds(8), syntax: .classic)
        }
        return notifier.post(alerts, at: now)
    }

    /// Nobody sends alerts again after a restart of the session's server.
    func restart() { lasting = [:] }

    /// Makes a request of the recording again. Of a phase of which requests are held back, only answers are compared
    /// that do not depend on those.
    func play(
        _ event: TableValue, isPartial: Bool, on notifier: inout Notifier, at now: WallTime
    ) throws -> [NotifierEffect] {
        let path = event["path"]?.text ?? "", method = event["method"]?.text ?? "GET"
        guard path.hasPrefix("/api/v2/") else { return [] }
        let body = Self.body(event["request"])
        let outcome = api.send(
            method, translated(path), body: Array(translated(body).utf8), to: &notifier, at: now)
        if method == "POST", path == "/api/v2/alerts", outcome.answer.status == 200 { note(body, now) }
        if let recorded = event["answer"]?["silenceID"]?.text, let own = try outcome.answer.json()["silenceID"]?.text {
            ids.append((recorded, own))
        }
        let status = event["status"]?.integer ?? 0
        if method == "GET", status == 200, isPartial { return outcome.effects }
        let what = "\(method) \(path) (\(event["name"]?.text ?? ""))"
        try compare(outcome.answer, event, what)
        return outcome.effects
    }

    private static func body(_ request: TableValue?) -> String {
        request.map { $0.text ?? $0.description } ?? ""
    }

    private func translated(_ text: String) -> String {
        ids.reduce(text) { $0.replacing($1.recorded, with: $1.ours) }
    }

    private func note(_ body: String, _ now: WallTime) {
        let request = APIRequest(
            method: "POST", path: "/alerts", contentType: "application/json", body: Array(body.utf8))
        guard case .postAlerts(let posted) = try? APICall(request, syntax: .classic) else { return }
        for alert in posted {
            let labels = Labels(alert.labels.map { ($0.name, $0.value) })
            lasting[labels] = nil
            if let end = alert.endsAt, end > now { lasting[labels] = (alert, end - now) }
        }
    }

    // MARK: Comparing

    /// What version 0.34 answers otherwise than the recorded one: by the recorded text, status and text.
    private static let changed: [String: (status: Int, text: String)] = [
        "silence not found": (404, ""),
        "silence invalid: at least one matcher must not match the empty string": (
            400, "invalid silence: matcher set 0: at least one matcher must not match the empty string"
        ),
        "silence invalid: invalid label matcher 0: invalid label name \"a-b\"": (
            400, "invalid silence: invalid label matcher 0 in set 0: invalid label name \"a-b\""
        ),
    ]

    private func compare(_ answer: APIAnswer, _ event: TableValue, _ what: String) throws {
        let found = try answer.json(), wanted = event["answer"]
        if let change = Self.changed[wanted?.text ?? ""] {
            try check(answer.status, is: change.status, what)
            try check(found.text ?? "", is: change.text, what)
            return
        }
        try check(answer.status, is: event["status"]?.integer, what)
        let path = event["path"]?.text ?? ""
        var expected = wanted?.text == "" ? .null : try TemplateValues.json(wanted)
        if path.hasPrefix("/api/v2/silences"), case .array(let silences) = expected {
            // Each phase is played for itself: it does not have the silences of those before.
            expected = .array(silences.filter { silence in ids.contains { $0.recorded == silence["id"]?.text } })
        }
        if path.hasSuffix("/status") {
            try check(Set(names(found)).isSuperset(of: names(expected)), "the parts of the status", got: names(found))
        } else {
            try check(text(comparable(found)), is: text(comparable(expected)), what)
        }
    }

    private func names(_ value: JSONTree) -> [String] {
        if case .object(let members) = value { members.map(\.name) } else { [] }
    }

    private func text(_ value: JSONTree) -> String {
        String(decoding: value.encoded, as: UTF8.self)
    }

    /// Members that version 0.34 has added, or that depend on when alerts were sent again.
    private static let ignored: Set = [
        "mutedBy", "routeLabels", "updatedAt", "endsAt", "silencedBy", "id", "silenceID",
    ]

    /// A value without what cannot be the same, and with rounded times.
    private func comparable(_ value: JSONTree) -> JSONTree {
        switch value.sortedByName {
        case .object(let members):
            .object(
                members.filter { !Self.ignored.contains($0.name) && !isNew($0) }.map {
                    JSONTree.Member($0.name, comparable($0.value))
                })
        case .array(let elements): .array(elements.map(comparable))
        case .string(let text):
            // The order of methods is that of a Go map.
            if text.hasPrefix("method ") {
                .string(String(text.sorted()))
            } else {
                TimeText.parse(text).map { .integer(($0.seconds + 1) / 3) } ?? value
            }
        default: value
        }
    }

    /// Whether version 0.34 has added a member: annotations of silences, labels of receivers.
    private func isNew(_ member: JSONTree.Member) -> Bool {
        switch (member.name, member.value) {
        case ("annotations", .object(let members)): members.isEmpty
        case ("labels", .object(let members)): members.map(\.name) == ["name"]
        default: false
        }
    }
}
