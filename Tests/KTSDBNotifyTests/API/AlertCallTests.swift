import KTSDBModel
import KTSDBNotify
import Testing

@Suite struct AlertCallTests {
    @Test func `valid alerts of a list are taken although others are not`() throws {
        var api = try TestAPI()
        let body = #"[{"labels":{"alertname":"A"}},{"labels":{}},{"labels":{"alertname":"B"},"annotations":{"":"x"}}]"#
        let outcome = api.send("POST", "/alerts", body)
        #expect(outcome.answer.status == 400)
        #expect(
            String(decoding: outcome.answer.encoded, as: UTF8.self)
                == "\"at least one label pair required\\ninvalid annotations: invalid name \\\"\\\"\"\n")
        #expect((outcome.firing, outcome.resolved, outcome.invalid) == (1, 0, 2))
        #expect(api.list("/alerts") == ["A"])
    }

    @Test func `an alert without times begins now and is over after the timeout`() throws {
        var api = try TestAPI()
        api.post(#""alertname":"A""#)
        let listed = api.notifier.alerts.sorted[0].alert
        #expect(listed.startsAt == api.now && listed.endsAt == api.now + .seconds(300) && listed.isTimeout)
    }

    @Test func `the zero time of Go counts as no time`() throws {
        var api = try TestAPI()
        let zero = "0001-01-01T00:00:00.000Z"
        let body = #"[{"labels":{"alertname":"A"},"startsAt":"\#(zero)","endsAt":"\#(zero)"}]"#
        #expect(api.answer("POST", "/alerts", body) == "200 ")
        #expect(api.notifier.alerts.sorted[0].alert.startsAt == api.now)
    }

    @Test func `filters are combined, receivers are anchored expressions`() throws {
        var api = try TestAPI()
        api.post(#""alertname":"A","severity":"critical""#, #""alertname":"B""#, #""alertname":"C","x":"1""#)
        #expect(api.list("/alerts") == ["A", "B", "C"])
        #expect(api.list("/alerts?filter=alertname%3D~%22B%7CC%22&filter=x%3D%22%22") == ["B"])
        #expect(api.list("/alerts?receiver=pag.*") == ["A"])
        #expect(api.list("/alerts?receiver=age") == [])
        #expect(api.list("/alerts?receiver_matchers=team%3Dnight") == ["A"])
        #expect(api.list("/alerts?receiver_matchers=team%3Dnight&receiver=default") == [])
        #expect(api.list("/alerts?active=false") == [])
        #expect(api.list("/alerts?active=maybe&silenced=true") == [])
        #expect(api.list("/alerts/groups?receiver=default") == ["B", "C"])
        #expect(api.list("/alerts/groups?receiver=nobody") == [])
        #expect(
            api.answer("GET", "/alerts?receiver=(").hasPrefix("400 \"failed to parse receiver param: error parsing"))
        #expect(
            api.answer("GET", "/alerts/groups?receiver_matchers=%3D")
                .hasPrefix("400 \"failed to parse receiver_matchers param: "))
        #expect(api.answer("GET", "/alerts?filter=a").hasPrefix("400 \""))
    }

    @Test func `silenced alerts are listed with the silence, and only if wanted`() throws {
        var api = try TestAPI()
        api.post(#""alertname":"A","a":"b""#, #""alertname":"B""#)
        _ = api.send("POST", "/silences", api.silence())
        #expect(api.list("/alerts?silenced=false") == ["B"])
        #expect(api.list("/alerts?active=false") == ["A"])
        #expect(api.answer("GET", "/alerts?active=false").contains(#""state":"suppressed""#))
    }

    @Test func `an alert over the limit is refused, one that is known is not`() throws {
        var api = try TestAPI()
        api.context.alertLimits.alertCountLimit = 2
        api.post(#""alertname":"A""#, #""alertname":"B""#)
        let body = #"[{"labels":{"alertname":"A"}},{"labels":{"alertname":"C"}},{"labels":{"alertname":"D"}}]"#
        #expect(
            api.answer("POST", "/alerts", body) == "500 \"2 alerts were not taken: 2 are known, which is the limit\"")
        #expect(api.list("/alerts") == ["A", "B"])
    }

    @Test(arguments: [
        ("{}", 400, "json: cannot unmarshal object into Go value of type models.PostableAlerts"),
        ("[1]", 400, "json: cannot unmarshal number into Go value of type models.PostableAlert"),
        (
            #"[{"labels":{"a":1}}]"#, 400,
            "json: cannot unmarshal number into Go struct field Alert.labels of type string"
        ),
        (#"[{"labels":[]}]"#, 400, "Go struct field Alert.labels of type models.LabelSet"),
        (#"[{"labels":{},"startsAt":"soon"}]"#, 400, "cannot parse \\\"soon\\\" as \\\"2006\\\""),
        (#"[{"labels":{"#, 400, "unexpected EOF"), ("x", 400, "invalid character 'x' looking for beginning of value"),
        ("", 422, "alerts in body is required"), (" \n", 422, "alerts in body is required"),
        (#"[{"annotations":{}}]"#, 422, "0.labels in body is required"),
        (#"[{"labels":{}},{"labels":null}]"#, 422, "1.labels in body is required"),
        (#"[{"labels":{},"generatorURL":"::"}]"#, 422, #"0.generatorURL in body must be of type uri: \"::\""#),
    ])
    func `a body that is not a list of alerts is refused`(_ body: String, _ status: Int, _ reason: String) throws {
        var api = try TestAPI()
        let answer = api.answer("POST", "/alerts", body)
        #expect(answer.hasPrefix("\(status) {\"code\":") && answer.contains(reason), "\(answer)")
        #expect(api.notifier.alerts.count == 0)
    }

    @Test(arguments: [
        "2027-01-15T08:00:00Z", "2027-01-15T08:00:00.5Z", "2027-01-15T17:00:00+09:00", "2027-01-15T17:00:00+0900",
        "2027-01-15T08:00:00", "2027-01-15T08:00Z", "2027-01-15T08:00", "2027-01-15 08:00:00",
    ])
    func `times may have any form of ISO 8601`(_ text: String) throws {
        var api = try TestAPI()
        #expect(api.answer("POST", "/alerts", #"[{"labels":{"a":"b"},"startsAt":"\#(text)"}]"#) == "200 ")
        #expect(api.notifier.alerts.sorted[0].alert.startsAt.seconds == 1_800_000_000)
    }

    @Test func `a body of too many values is refused before it takes memory`() throws {
        var api = try TestAPI()
        let body = "[" + String(repeating: "1,", count: APIRequest.valueCountLimit) + "1]"
        #expect(api.answer("POST", "/alerts", body).contains("more values than one request may have"))
        let deep = String(repeating: "[", count: 100_000)
        #expect(api.answer("POST", "/alerts", deep).contains("exceeded max depth"))
    }
}
