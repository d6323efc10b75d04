import Foundation
import KTSDBAlertingFiles
import KTSDBModel
import KTSDBNotify
import KTSDBTesting
internal import PrometheusWire

/// `recorded_alertmanager.json`: the phases of a session, played in virtual time.
struct RecordedSession {

    /// A request as it was received, or would have been.
    private struct Received {
        var at: Double
        var path: String
        var body: [UInt8]
        var headers: [String: String] = [:]
    }

    private let start: WallTime
    private let configuration: NotifierConfiguration
    private var context: PayloadContext

    static let table = AlertTable("recorded_alertmanager.json") { recording, _, result in
        let session = try RecordedSession(recording)
        for (index, phase) in try need(recording["cases"]?.array).enumerated() {
            let name = phase["phase"]?.text ?? ""
            result.check("#\(index + 1) \(name)") {
                try session.checkPhase(try need(phase["events"]?.array), isPartial: partialPhases.contains(name))
            }
        }
    }

    private init(_ recording: TableValue) throws {
        let seconds = try need(recording["t0_unix_s"]?.number)
        start = WallTime(seconds: Int64(seconds), nanoseconds: Int32((seconds - seconds.rounded(.down)) * 1e9))
        // Before version 0.31, an empty list did not replace the labels of the parent.
        let text = try need(recording["config"]?.text).replacing("group_by: []", with: "continue: false")
        configuration = try FileTable.configuration(text)
        let files = (recording["templates"]?.textMembers ?? [:]).map { ($0.key, $0.value) }
        context = PayloadContext(
            templates: try NotificationTemplates(files: files), externalURL: "http://alertmanager.example:9093",
            readYAML: YAMLText.value)
        context.hostName = "host.example"
    }

    private func checkPhase(_ events: [TableValue], isPartial: Bool) throws {
        let found = try play(events, isPartial: isPartial)
        try compare(found, events.compactMap(received), isPartial: isPartial)
    }

    private func received(_ event: TableValue) -> Received? {
        guard let at = event["at"]?.number else { return nil }
        if event["kind"]?.text == "mail" {
            return Received(at: at, path: "mail", body: Array((event["message"]?.text ?? "").utf8))
        }
        guard event["kind"]?.text == "received", let path = event["path"]?.text else { return nil }
        var headers: [String: String] = [:]
        let pairs = event["headers"]?.list.compactMap(\.texts) ?? []
        for pair in pairs where pair.count == 2 { headers[pair[0]] = pair[1] }
        return Received(at: at, path: path, body: Array((event["body"]?.text ?? "").utf8), headers: headers)
    }

    // MARK: Playing

    private func play(_ events: [TableValue], isPartial: Bool) throws -> [Received] {
        let plan = try NotificationPlan(configuration)
        let first = try need(events.first?["at"]?.number)
        let last = try need(events.last?["at"]?.number)
        let begin = moment(first)
        var found: [Received] = []
        var answers: [String: [Int]] = [:]
        for event in events {
            guard let status = event["answered"]?.integer, let path = event["path"]?.text else { continue }
            answers[path, default: []].append(status)
        }
        let record = Recorder()
        var players = VirtualReceivers(Notifier(plan: plan, at: begin)) { delivery, now in
            answer(delivery, now, record, &answers)
        }
        let exchanges = RecordedExchanges(configuration, startedAt: begin)
        for (number, event) in events.enumerated() {
            // Times are to the millisecond: what happened in the same one is a little apart, too.
            let at = moment(event["at"]?.number ?? 0) + .microseconds(number)
            add(event, at, &players, plan, exchanges, isPartial: isPartial)
        }
        // Alerts are sent again every two seconds.
        for second in stride(from: first + 2, through: last, by: 2) {
            players.at(moment(second)) { notifier, now in try exchanges.repost(&notifier, now) }
        }
        try players.run(until: moment(last + 0.2))
        found = record.requests.map {
            Received(at: ($0.at - start) / .seconds(1), path: $0.path, body: $0.body, headers: $0.headers)
        }
        return found
    }

    private func moment(_ seconds: Double) -> WallTime { start + .microseconds(Int(seconds * 1e6)) }

    private final class Recorder {
        var requests: [(at: WallTime, path: String, body: [UInt8], headers: [String: String])] = []
    }

    private func answer(
        _ delivery: Delivery, _ now: WallTime, _ record: Recorder, _ answers: inout [String: [Int]]
    ) -> VirtualReceivers.Answer {
        let id = delivery.notification.integration
        guard let receiver = configuration.receivers.first(where: { $0.name == id.receiver }),
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
        _ event: TableValue, _ at: WallTime, _ players: inout VirtualReceivers, _ plan: NotificationPlan,
        _ exchanges: RecordedExchanges, isPartial: Bool
    ) {
        if event["what"]?.text == "ready" {
            // Silences and the log are kept, alerts are not.
            return players.at(at) { notifier, now in
                notifier = Notifier(plan: plan, silences: notifier.silences, log: notifier.log, at: now)
                exchanges.restart()
                return []
            }
        }
        guard event["kind"]?.text == "api" else { return }
        players.at(at) { notifier, now in
            try exchanges.play(event, isPartial: isPartial, on: &notifier, at: now)
        }
    }

    // MARK: Comparing

    /// Phases of which some of what clients sent is held back: so not all requests can be made again.
    private static let partialPhases: Set<String> = ["grouping", "api-errors"]

    /// Finds for each request that was received the one that was made at that time.
    private func compare(_ found: [Received], _ wanted: [Received], isPartial: Bool) throws {
        var rest = found
        for one in wanted {
            // Retries come at random times.
            let tolerance = one.path == "/hook/flaky" ? 1.5 : 0.3
            if let place = rest.firstIndex(where: { $0.path == one.path && abs($0.at - one.at) < tolerance }) {
                try compare(rest.remove(at: place), one)
            } else {
                try check(isPartial, "a request to \(one.path) at \(one.at)")
            }
        }
        let more = rest.map { "\($0.path) at \($0.at)" }
        try check(more.isEmpty || isPartial, "no more requests", got: more)
    }

    private func compare(_ one: Received, _ other: Received) throws {
        let what = "\(other.path) at \(other.at)"
        if one.path == "mail" { return try compareMail(one, other) }
        let left = try JSONTreeParser.parse(one.body), right = try JSONTreeParser.parse(other.body)
        try check(text(comparable(left)), is: text(comparable(right)), what)
        try check(one.headers["Content-Type"], is: other.headers["Content-Type"], what)
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

    private func compareMail(_ one: Received, _ other: Received) throws {
        let a = try MailParts(one.body), b = try MailParts(other.body)
        try check(a.headers, is: b.headers, "mail at \(other.at)")
        // The page of the built-in mail is our own.
        if !b.body.contains("<!DOCTYPE") { try check(a.body, is: b.body, "mail at \(other.at)") }
    }
}

/// What is compared of a mail.
private struct MailParts {
    var headers: [String]
    var body: String

    init(_ message: [UInt8]) throws {
        let text = String(decoding: message, as: UTF8.self), end = try need(text.firstRange(of: "\r\n\r\n"))
        let lines = text[..<end.lowerBound].split(separator: "\r\n").map { String($0) }
        let boundary = lines.first { $0.hasPrefix("Content-Type") }?.split(separator: "=").last ?? ""
        headers = lines.filter { !$0.hasPrefix("Message-Id") && !$0.hasPrefix("Content-Type") }.sorted()
        body = String(text[end.upperBound...]).replacing(boundary, with: "BOUNDARY")
        while body.hasSuffix("\r\n") || body.hasSuffix("\n") { body.removeLast() }
    }
}
