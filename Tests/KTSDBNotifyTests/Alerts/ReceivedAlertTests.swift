import KTSDBAlertTesting
import KTSDBModel
import KTSDBNotify
import Testing

@Suite struct ReceivedAlertTests {
    @Test func `a fingerprint is the one that Alertmanager shows`() {
        #expect(AlertFingerprint(["severity": "warning", "job": "foo"]).description == "9266ef3da838ad95")
        #expect(AlertFingerprint(["severity": "critical", "job": "bar"]).description == "c7e68cb08e3e67f9")
        #expect(AlertFingerprint(["alertname": "NoEnd", "team": "timeout"]).description == "e7c19e4776757678")
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
        // It has no end, and would begin after the one that it gets.
        #expect(
            error(PostedAlert(labels: [("a", "b")], startsAt: NotifierTable.now + .seconds(301)))
                == "start time must be before end time")
        #expect(error(PostedAlert(labels: [("a", "b")], startsAt: NotifierTable.now + .seconds(300))) == nil)
        #expect(error(PostedAlert(labels: [("a-b", "b")]), .classic) == "invalid label set: invalid name \"a-b\"")
        #expect(
            error(PostedAlert(labels: [("a", "b")], annotations: [("", "b")]))
                == "invalid annotations: invalid name \"\"")
    }

    @Test func `annotations that are too long are cut, the longest first`() {
        func cut(_ values: [String], to limit: Int) -> [String]? {
            let named = values.enumerated().map { (name: "\($0.offset)", value: $0.element) }
            var alert = PostedAlert(labels: [("a", "b")], annotations: named)
            let isCut = alert.cutAnnotations(to: limit)
            let size = alert.annotations.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
            if isCut { #expect(size <= limit) }
            return isCut ? alert.annotations.map(\.value) : nil
        }
        let long = String(repeating: "x", count: 100), wide = String(repeating: "한", count: 100)
        #expect(cut(["short", long], to: 107) == nil && cut([], to: 0) == nil)
        #expect(cut(["short", long], to: 57) == ["short", String(repeating: "x", count: 40) + " … (cut)"])
        #expect(cut([long, "short", wide], to: 108)?.map { $0.hasSuffix(" … (cut)") } == [true, false, true])
        // Even the marks of what was cut do not fit.
        #expect(cut([long, long], to: 20) == nil)
    }

    @Test func `labels that are too long are cut, and what differs stays different`() {
        func cut(_ value: String) -> [String] {
            var alert = PostedAlert(labels: [("alertname", "A"), ("trace", value)])
            let isCut = alert.cutLabels(to: 200)
            #expect(isCut == (value.utf8.count > 185))
            #expect(alert.labels.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count } <= 200)
            return alert.labels.map(\.value)
        }
        let long = String(repeating: "한", count: 1000)
        #expect(cut("short") == ["A", "short"] && cut(String(repeating: "x", count: 185)).last?.hasSuffix("x") == true)
        #expect(cut(long + "1")[0] == "A" && cut(long + "1")[1].hasPrefix("한한"))
        #expect(cut(long + "1") == cut(long + "1") && cut(long + "1") != cut(long + "2"))
    }
}
