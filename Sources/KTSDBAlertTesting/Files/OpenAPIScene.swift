import KTSDBModel
import KTSDBNotify
internal import PrometheusWire

/// A notifier with alerts and silences in all their states, so that every parameter makes a difference.
struct OpenAPIScene {
    private var notifier: Notifier
    private let api: VirtualAPI
    private var now = NotifierTable.now
    private var silenceID = ""

    /// Values of parameters: one that chooses some, one that chooses none, and one that is malformed.
    static let values: [String: (some: String, none: String, malformed: String)] = [
        "filter": ("alertname%3D%22Silenced%22", "alertname%3D%22Nothing%22", "alertname"),
        "receiver": ("hid.*", "nobody", "("),
        "receiver_matchers": ("team%3D%22night%22", "team%3D%22none%22", "team"),
    ]

    private static let configuration = """
        route:
          receiver: default
          routes: [{receiver: hidden, matchers: [team="hidden"], mute_time_intervals: [always]}]
        time_intervals:
        - name: always
          time_intervals: [{days_of_month: ['1:31']}]
        inhibit_rules:
        - {source_matchers: [alertname="Source"], target_matchers: [alertname="Inhibited"]}
        receivers:
        - {name: default, labels: {team: day}}
        - {name: hidden, labels: {team: night}}

        """

    init() throws {
        let configuration = try FileTable.configuration(Self.configuration)
        notifier = Notifier(plan: try NotificationPlan(configuration), at: now)
        api = VirtualAPI(configuration, startedAt: now)
        let alerts = ["Silenced", "Source", "Inhibited"].map { "{\"labels\":{\"alertname\":\"\($0)\"}}" }
        let hidden = "{\"labels\":{\"alertname\":\"Hidden\",\"team\":\"hidden\"},\"generatorURL\":\"http://p/g\"}"
        post("/api/v2/alerts", "[\((alerts + [hidden]).joined(separator: ","))]")
        silenceID = post("/api/v2/silences", silence("Silenced", from: 0)) ?? ""
        post("/api/v2/silences", silence("Pending", from: 3600))
        let expired = post("/api/v2/silences", silence("Expired", from: 0)) ?? ""
        _ = api.send("DELETE", "/api/v2/silence/\(expired)", to: &notifier, at: now)
        // Groups are looked at, so that they know what mutes them.
        now = now + .seconds(60)
        _ = notifier.advance(to: now)
    }

    @discardableResult
    private mutating func post(_ path: String, _ body: String) -> String? {
        let answer = api.send("POST", path, body: Array(body.utf8), to: &notifier, at: now).answer
        return (try? answer.json())?["silenceID"]?.text
    }

    private func silence(_ name: String, from start: Int) -> String {
        let begin = TimeText.text(now + .seconds(start)), end = TimeText.text(now + .seconds(start + 7200))
        return """
            {"matchers":[{"name":"alertname","value":"\(name)","isRegex":false,"isEqual":true}],"startsAt":"\(begin)",\
            "endsAt":"\(end)","createdBy":"kim","comment":"c","annotations":{"a":"b"}}
            """
    }

    /// A body that has everything.
    func example(_ form: String) throws -> JSONTree {
        let text =
            form == "postableSilence"
            ? silence("Other", from: 0)
            : "[{\"labels\":{\"a\":\"b\"},\"annotations\":{},\"startsAt\":\"2026-01-01T00:00:00Z\",\"generatorURL\":\"\"}]"
        return try JSONTreeParser.parse(Array(text.utf8))
    }

    /// Sends a request with the id of a silence and a complete body, unless others are given.
    mutating func send(_ method: String, _ path: String, query: String, id: String?, body: String?) -> APIAnswer {
        var content: [UInt8] = []
        if method == "POST" {
            let form = path == "/silences" ? "postableSilence" : "postableAlerts"
            content = body.map { Array($0.utf8) } ?? (try? example(form).encoded) ?? []
        }
        let target = "/api/v2" + path.replacing("{silenceID}", with: id ?? silenceID)
        return api.send(
            method, query.isEmpty ? target : "\(target)?\(query)", body: content, to: &notifier, at: now
        ).answer
    }
}
