import KTSDBAlertTesting
import KTSDBModel
import KTSDBNotify
import Testing

@Suite struct ReceivedAlertTests {
    @Test func `a fingerprint is the one that Alertmanager shows`() {
        #expect(Fingerprint(["severity": "warning", "job": "foo"]).description == "9266ef3da838ad95")
        #expect(Fingerprint(["severity": "critical", "job": "bar"]).description == "c7e68cb08e3e67f9")
        #expect(Fingerprint(["alertname": "NoEnd", "team": "timeout"]).description == "e7c19e4776757678")
    }

    @Test func `what a client sends becomes an alert with all times`() throws {
        let now = NotifierTable.now
        let none = try PostedAlert(labels: [("a", "b"), ("c", "")]).alert(
            at: now, resolveTimeout: .seconds(300), syntax: .fallback)
        #expect(
            none.labels == ["a": "b"] && none.startsAt == now && none.endsAt == now + .seconds(300) && none.isTimeout)
        let ended = try PostedAlert(labels: [("a", "b")], endsAt: now - .seconds(9)).alert(
            at: now, resolveTimeout: .seconds(300), syntax: .fallback)
        #expect(ended.startsAt == now - .seconds(9) && !ended.isTimeout)
    }

    @Test func `an alert that is wrong is refused in Alertmanager's words`() {
        func error(_ alert: PostedAlert, _ syntax: MatcherSyntax = .fallback) -> String? {
            do {
                _ = try alert.alert(at: NotifierTable.now, resolveTimeout: .seconds(300), syntax: syntax)
                return nil
            } catch { return error.description }
        }
        #expect(error(PostedAlert(labels: [("a", "")])) == "at least one label pair required")
        #expect(
            error(
                PostedAlert(labels: [("a", "b")], startsAt: NotifierTable.now, endsAt: NotifierTable.now - .seconds(1)))
                == "start time must be before end time")
        #expect(error(PostedAlert(labels: [("a-b", "b")]), .classic) == "invalid label set: invalid name \"a-b\"")
        #expect(
            error(PostedAlert(labels: [("a", "b")], annotations: [("", "b")]))
                == "invalid annotations: invalid name \"\"")
    }
}
