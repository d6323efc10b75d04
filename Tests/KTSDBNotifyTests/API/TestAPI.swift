import KTSDBModel
import KTSDBNotify
import PrometheusWire

/// Alertmanager's API over a notifier with three receivers, at a time that a test moves.
struct TestAPI {
    var notifier: Notifier
    var context: APIContext
    var now = WallTime(seconds: 1_800_000_000)

    init() throws {
        var critical = RouteConfiguration()
        critical.receiver = "pager"
        critical.matchers = Matchers([Matcher("severity", equals: "critical")])
        var root = RouteConfiguration()
        root.receiver = "default"
        root.groupBy = ["alertname"]
        root.routes = [critical]
        var configuration = NotifierConfiguration()
        configuration.route = root
        configuration.receivers = ["default", "pager", "unused"].map {
            var receiver = Receiver(name: $0)
            receiver.labels = ["name": $0, "team": $0 == "pager" ? "night" : "day"]
            return receiver
        }
        try configuration.complete()
        notifier = Notifier(plan: try NotificationPlan(configuration), at: now)
        context = APIContext(startedAt: now)
        context.setReceivers(configuration.receivers)
        context.configuration = "route: {}\n"
    }

    /// Sends a request, with its query after a question mark.
    mutating func send(
        _ method: String, _ target: String, _ body: String = "", type: String? = "application/json",
        accept: String? = nil
    ) -> APIOutcome {
        let parts = target.split(separator: "?", maxSplits: 1).map { String($0) }
        let request = APIRequest(
            method: method, path: parts[0], query: parts.count > 1 ? parts[1] : "", contentType: type, accept: accept,
            body: Array(body.utf8))
        do throws(APIRefusal) {
            return notifier.perform(try APICall(request, syntax: context.syntax), context, at: now)
        } catch {
            return APIOutcome(error.answer)
        }
    }

    /// The status and the text of an answer, in one line.
    mutating func answer(_ method: String, _ target: String, _ body: String = "") -> String {
        let answer = send(method, target, body).answer
        let text = String(decoding: answer.encoded, as: UTF8.self)
        return "\(answer.status) \(text.hasSuffix("\n") ? String(text.dropLast()) : text)"
    }

    mutating func post(_ labels: String...) {
        let alerts = labels.map { "{\"labels\":{\($0)}}" }.joined(separator: ",")
        _ = send("POST", "/alerts", "[\(alerts)]")
    }

    /// The values of a label of all alerts in a list.
    mutating func list(_ target: String, _ label: String = "alertname") -> [String] {
        guard case .array(let elements) = try? JSONTreeParser.parse(send("GET", target).answer.encoded) else {
            return []
        }
        return elements.compactMap { $0["labels"]?[label]?.text }.sorted()
    }

    /// A body for a silence from now on, of an hour.
    func silence(
        matchers: String = #"[{"name":"a","value":"b","isRegex":false}]"#, id: String = "", start: Int = 0,
        end: Int = 3600
    ) -> String {
        let (from, to) = (TimeText.text(now + .seconds(start)), TimeText.text(now + .seconds(end)))
        return
            #"{"id":"\#(id)","matchers":\#(matchers),"startsAt":"\#(from)","endsAt":"\#(to)","createdBy":"kim","comment":"c"}"#
    }
}
