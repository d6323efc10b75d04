import Foundation
import KTSDBAlertingFiles
import KTSDBModel
import KTSDBNotify
import KTSDBTesting
import Testing

/// Plays the phases of `recorded_alertmanager.json` in virtual time, and compares what receivers got.
@Suite struct RecordedSessionTests {
    private typealias Case = AlertingTable.Case

    /// A request as it was received, or would have been.
    private struct Received {
        var at: Double
        var path: String
        var body: [UInt8]
        var headers: [String: String] = [:]
    }

    private let recording: Case
    private let start: WallTime
    private let configuration: NotifierConfiguration?
    private let context: PayloadContext?

    init() throws {
        guard let recording = try AlertingTable.value("recorded_alertmanager") as? Case else {
            (self.recording, start, configuration, context) = ([:], .zero, nil, nil)
            return
        }
        self.recording = recording
        let seconds = try #require(AlertingTable.seconds(recording["t0_unix_s"]))
        start = WallTime(seconds: Int64(seconds), nanoseconds: Int32((seconds - seconds.rounded(.down)) * 1e9))
        // Before version 0.31, an empty list did not replace the labels of the parent.
        let text = try #require(recording["config"] as? String).replacing("group_by: []", with: "continue: false")
        configuration = try AlertingTable.configuration(text)
        let files = (recording["templates"] as? [String: String] ?? [:]).map { ($0.key, $0.value) }
        var context = PayloadContext(
            templates: try NotificationTemplates(files: files), externalURL: "http://alertmanager.example:9093",
            readYAML: YAMLText.value)
        context.hostName = "host.example"
        self.context = context
    }

    @Test func `each phase gives the notifications that were received`() throws {
        guard configuration != nil else { return }
        var compared = 0
        for phase in try #require(recording["cases"] as? [Case]) {
            let events = try #require(phase["events"] as? [Case])
            let wanted = events.compactMap(received)
            guard !wanted.isEmpty else { continue }
            let isPartial = Self.partialPhases.contains("\(phase["phase"] ?? "")")
            let found = try play(events, isPartial: isPartial)
            compared += compare(found, wanted, "\(phase["phase"] ?? "")")
        }
        #expect(compared > 20)
    }

    private func received(_ event: Case) -> Received? {
        guard let at = AlertingTable.seconds(event["at"]) else { return nil }
        if event["kind"] as? String == "mail" {
            return Received(at: at, path: "mail", body: Array((event["message"] as? String ?? "").utf8))
        }
        guard event["kind"] as? String == "received", let path = event["path"] as? String else { return nil }
        var headers: [String: String] = [:]
        for pair in event["headers"] as? [[String]] ?? [] where pair.count == 2 { headers[pair[0]] = pair[1] }
        return Received(at: at, path: path, body: Array((event["body"] as? String ?? "").utf8), headers: headers)
    }

    // MARK: Playing

    private func play(_ events: [Case], isPartial: Bool) throws -> [Received] {
        let plan = try NotificationPlan(try #require(configuration))
        let first = try #require(events.first.flatMap { AlertingTable.seconds($0["at"]) })
        let last = try #require(events.last.flatMap { AlertingTable.seconds($0["at"]) })
        let begin = moment(first)
        var found: [Received] = []
        var answers: [String: [Int]] = [:]
        for event in events {
            guard let status = event["answered"] as? Int, let path = event["path"] as? String else { continue }
            answers[path, default: []].append(status)
        }
        let record = Recorder()
        var players = VirtualReceivers(Notifier(plan: plan, at: begin)) { delivery, now in
            answer(delivery, now, record, &answers)
        }
        let script = Script()
        for event in events { try add(event, &players, plan, script, isPartial: isPartial) }
        // Alerts are sent again every two seconds.
        for second in stride(from: first + 2, through: last, by: 2) {
            players.at(moment(second)) { notifier, now in try script.repost(&notifier, now) }
        }
        try players.run(until: moment(last + 0.2))
        found = record.requests.map {
            Received(at: ($0.at - start) / .seconds(1), path: $0.path, body: $0.body, headers: $0.headers)
        }
        return found
    }

    private func moment(_ seconds: Double) -> WallTime { start + .microseconds(Int(seconds * 1e6)) }

    /// What is sent again, and the ids of silences.
    private final class Script {
        var lasting: [Labels: (alert: PostedAlert, life: Duration)] = [:]
        var silences: [String: String] = [:]
        var checkedAnswers = 0

        func repost(_ notifier: inout Notifier, _ now: WallTime) throws -> [NotifierEffect] {
            let alerts = try lasting.values.map { alert, life in
                var alert = alert
                alert.endsAt = now + life
                return try alert.alert(at: now, resolveTimeout: .seconds(8), syntax: .fallback)
            }
            return notifier.post(alerts, at: now)
        }
    }

    private final class Recorder {
        var requests: [(at: WallTime, path: String, body: [UInt8], headers: [String: String])] = []
    }

    private func answer(
        _ delivery: Delivery, _ now: WallTime, _ record: Recorder, _ answers: inout [String: [Int]]
    ) -> VirtualReceivers.Answer {
        let id = delivery.notification.integration
        guard let context, let receiver = configuration?.receivers.first(where: { $0.name == id.receiver }),
            let integration = receiver.integrations.first(where: { $0.kind.rawValue == id.kind && $0.index == id.index }
            )
        else { return .init() }
        let message: OutgoingMessage
        do throws(PayloadError) {
            message = try OutgoingMessage.build(
                delivery.notification, integration, context, at: now, random: delivery.id)
        } catch {
            return .init(result: .failure(reason: error.description, isRetryable: false))
        }
        guard case .http(let requests) = message, let request = requests.first else {
            if case .mail(let mail) = message { record.requests.append((now, "mail", mail.content, [:])) }
            return .init(after: .milliseconds(2))
        }
        let path = "/" + request.url.split(separator: "/", maxSplits: 2)[2]
        record.requests.append((now, path, request.body, request.headers))
        let status = answers[path]?.isEmpty == false ? answers[path]!.removeFirst() : 200
        let isSlack = integration.kind == .slack
        let failure = ReceiverAnswer(status: status, body: isSlack ? Array("ok".utf8) : []).failure(integration)
        let result = failure.map { DeliveryResult.failure(reason: $0.text, isRetryable: $0.isRetryable) } ?? .success()
        return .init(after: .milliseconds(2), result: result)
    }

    private func add(
        _ event: Case, _ players: inout VirtualReceivers, _ plan: NotificationPlan, _ script: Script, isPartial: Bool
    ) throws {
        let at = moment(AlertingTable.seconds(event["at"]) ?? 0)
        if event["what"] as? String == "ready" {
            // Silences and the log are kept, alerts are not.
            return players.at(at) { notifier, now in
                notifier = Notifier(plan: plan, silences: notifier.silences, log: notifier.log, at: now)
                script.lasting = [:]
                return []
            }
        }
        guard event["kind"] as? String == "api", event["status"] as? Int == 200 else { return }
        let path = event["path"] as? String ?? "", method = event["method"] as? String
        if method == "GET", let answer = event["answer"], !isPartial {
            players.at(at) { notifier, now in
                try checkAnswer(path, answer, &notifier, now, script)
                return []
            }
        }
        if method == "POST", path == "/api/v2/alerts", let posted = event["request"] as? [Case] {
            players.at(at) { notifier, now in try post(posted, event, &notifier, now, script) }
        } else if method == "POST", path == "/api/v2/silences", let silence = event["request"] as? Case {
            let answer = (event["answer"] as? Case)?["silenceID"] as? String ?? ""
            players.at(at) { notifier, now in
                var wanted = try self.silence(silence)
                wanted.id = (silence["id"] as? String).flatMap { script.silences[$0] } ?? ""
                script.silences[answer] = try notifier.setSilence(wanted, at: now)
                return []
            }
        } else if method == "DELETE" {
            let id = String(path.split(separator: "/").last ?? "")
            players.at(at) { notifier, now in
                try notifier.expireSilence(script.silences[id] ?? "", at: now)
                return []
            }
        }
    }

    private func post(
        _ posted: [Case], _ event: Case, _ notifier: inout Notifier, _ now: WallTime, _ script: Script
    ) throws -> [NotifierEffect] {
        var alerts: [ReceivedAlert] = []
        for entry in posted {
            let alert = self.alert(entry)
            let received = try alert.alert(at: now, resolveTimeout: .seconds(8), syntax: .fallback)
            alerts.append(received)
            script.lasting[received.labels] = nil
            if let end = alert.endsAt, end > now { script.lasting[received.labels] = (alert, end - now) }
        }
        return notifier.post(alerts, at: now)
    }

    private func alert(_ entry: Case) -> PostedAlert {
        func pairs(_ value: Any?) -> [(name: String, value: String)] {
            (value as? [String: String] ?? [:]).map { ($0.key, $0.value) }
        }
        return PostedAlert(
            labels: pairs(entry["labels"]), annotations: pairs(entry["annotations"]),
            startsAt: (entry["startsAt"] as? String).flatMap(TimeText.parse),
            endsAt: (entry["endsAt"] as? String).flatMap(TimeText.parse),
            generatorURL: entry["generatorURL"] as? String ?? "")
    }

    private func silence(_ entry: Case) throws -> Silence {
        let matchers = try (entry["matchers"] as? [Case] ?? []).map { matcher in
            try Matcher(
                matcher["name"] as? String ?? "",
                .init(
                    isPositive: matcher["isEqual"] as? Bool ?? true,
                    isRegularExpression: matcher["isRegex"] as? Bool ?? false), matcher["value"] as? String ?? "")
        }
        return Silence(
            matcherSets: [Matchers(matchers)],
            startsAt: (entry["startsAt"] as? String).flatMap(TimeText.parse) ?? .zero,
            endsAt: (entry["endsAt"] as? String).flatMap(TimeText.parse) ?? .zero)
    }

    // MARK: Lists

    /// Compares lists of alerts and groups, without times that depend on when alerts were sent again.
    private func checkAnswer(
        _ path: String, _ answer: Any, _ notifier: inout Notifier, _ now: WallTime, _ script: Script
    ) throws {
        let parts = path.split(separator: "?", maxSplits: 1)
        var filter = ListingFilter()
        for parameter in parts.count > 1 ? parts[1].split(separator: "&") : [] {
            let pair = parameter.split(separator: "=", maxSplits: 1).map { String($0).removingPercentEncoding ?? "" }
            switch pair[0] {
            case "active": filter.active = pair[1] == "true"
            case "silenced": filter.silenced = pair[1] == "true"
            case "inhibited": filter.inhibited = pair[1] == "true"
            case "receiver": filter.receiver = try Matcher("receiver", .matches, pair[1])
            case "filter": filter.matchers.list.append(try MatcherSyntax.fallback.matcher(pair[1]))
            default: break
            }
        }
        let found: JSONTree
        switch parts[0] {
        case "/api/v2/alerts": found = .array(notifier.listAlerts(filter, at: now).map(\.json))
        case "/api/v2/alerts/groups": found = .array(notifier.listGroups(filter, at: now).map(\.json))
        default: return
        }
        let data = try JSONSerialization.data(withJSONObject: answer)
        let wanted = try JSONTreeParser.parse(Array(data))
        let (a, b) = (listed(found), listed(wanted))
        #expect(a == b, "\(path)\n\(text(a))\n\(text(b))")
        script.checkedAnswers += 1
    }

    private func listed(_ value: JSONTree) -> JSONTree {
        let value = value.sortedByName
        return switch value {
        case .object(let members):
            .object(
                members.filter { !["mutedBy", "routeLabels", "updatedAt", "endsAt", "silencedBy"].contains($0.name) }
                    .map {
                        JSONTree.Member($0.name, listed($0.value))
                    })
        case .array(let elements): .array(elements.map(listed))
        case .string(let text): TimeText.parse(text).map { .integer(($0.seconds + 1) / 3) } ?? value
        default: value
        }
    }

    // MARK: Comparing

    /// Phases of which some of what clients sent is held back: so not all requests can be made again.
    private static let partialPhases: Set<String> = ["grouping", "api-errors"]

    /// Finds for each request that was received the one that was made at that time; returns how many were the same.
    private func compare(_ found: [Received], _ wanted: [Received], _ phase: String) -> Int {
        var same = 0, rest = found
        for one in wanted {
            // Retries come at random times.
            let tolerance = one.path == "/hook/flaky" ? 1.5 : 0.3
            let place = rest.firstIndex { $0.path == one.path && abs($0.at - one.at) < tolerance }
            guard let place else {
                #expect(Self.partialPhases.contains(phase), "\(phase): nothing for \(one.path) at \(one.at)")
                continue
            }
            if isSame(rest.remove(at: place), one, phase) { same += 1 }
        }
        let more = rest.map { "\($0.path) at \($0.at)" }
        #expect(more.isEmpty || Self.partialPhases.contains(phase), "\(phase): too many: \(more)")
        return same
    }

    private func isSame(_ one: Received, _ other: Received, _ phase: String) -> Bool {
        if one.path == "mail" { return isSameMail(one, other, phase) }
        guard let left = try? JSONTreeParser.parse(one.body), let right = try? JSONTreeParser.parse(other.body) else {
            Issue.record("\(phase): \(String(decoding: one.body, as: UTF8.self))")
            return false
        }
        let (a, b) = (comparable(left), comparable(right))
        #expect(
            a == b,
            "\(phase) \(one.path)\n\(text(a))\n\(text(b))"
        )
        #expect(one.headers["Content-Type"] == other.headers["Content-Type"])
        return a == b
    }

    private func text(_ value: JSONTree) -> String { String(decoding: value.encoded, as: UTF8.self) }

    /// Leaves out what version 0.34 has added, and details, in which it makes structure of texts; rounds times that
    /// depend on the moment of receiving.
    private func comparable(_ value: JSONTree) -> JSONTree {
        switch value {
        case .object(let members):
            .object(
                members.filter { !["notification_reason", "routeLabels"].contains($0.name) }.map {
                    JSONTree.Member($0.name, $0.name.hasSuffix("details") ? .null : comparable($0.value))
                })
        case .array(let elements): .array(elements.map(comparable))
        case .string(let text): TimeText.parse(text).map { .integer(($0.seconds + 1) / 3) } ?? value
        default: value
        }
    }

    private func isSameMail(_ one: Received, _ other: Received, _ phase: String) -> Bool {
        func parts(_ received: Received) -> (headers: [String], body: String) {
            let text = String(decoding: received.body, as: UTF8.self)
            let end = text.firstRange(of: "\r\n\r\n")!
            let headers = text[..<end.lowerBound].split(separator: "\r\n").map { String($0) }
            let boundary = headers.first { $0.hasPrefix("Content-Type") }?.split(separator: "=").last ?? ""
            let body = String(text[end.upperBound...]).replacing(boundary, with: "BOUNDARY")
            return (headers.filter { !$0.hasPrefix("Message-Id") && !$0.hasPrefix("Content-Type") }.sorted(), body)
        }
        let (a, b) = (parts(one), parts(other))
        #expect(a.headers == b.headers, "\(phase)")
        // The page of the built-in mail is our own.
        if !other.body.contains(Array("<!DOCTYPE".utf8)) {
            #expect(a.body.trimmingSuffix() == b.body.trimmingSuffix(), "\(phase)")
        }
        return a.headers == b.headers
    }
}

extension Array where Element: Equatable {
    fileprivate func contains(_ other: [Element]) -> Bool { firstRange(of: other) != nil }
}
extension String {
    fileprivate func trimmingSuffix() -> String {
        var text = self
        while text.hasSuffix("\r\n") || text.hasSuffix("\n") { text.removeLast() }
        return text
    }
}
