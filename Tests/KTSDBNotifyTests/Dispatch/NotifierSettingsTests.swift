import KTSDBModel
import KTSDBNotify
import Testing

@Suite struct NotifierSettingsTests {
    private func advance(_ api: inout TestAPI, by time: Duration) {
        api.now = api.now + time
        while let due = api.notifier.nextWakeUp(), due <= api.now { _ = api.notifier.advance(to: due) }
    }

    @Test func `what is over is forgotten when the intervals say`() throws {
        var api = try TestAPI()
        var settings = NotifierSettings()
        settings.retention = .seconds(60)
        settings.maintenanceInterval = .seconds(30)
        settings.alertCollectionInterval = .seconds(20)
        api.notifier.apply(settings, at: api.now)
        let end = TimeText.text(api.now + .seconds(10))
        _ = api.send("POST", "/alerts", #"[{"labels":{"alertname":"A"},"endsAt":"\#(end)"}]"#)
        _ = api.send("POST", "/silences", api.silence(end: 5))
        advance(&api, by: .seconds(19))
        #expect(api.notifier.alerts.count == 1)
        advance(&api, by: .seconds(1))
        #expect(api.notifier.alerts.count == 0 && api.notifier.silences.count == 1)
        advance(&api, by: .seconds(69))
        #expect(api.notifier.silences.count == 1)
        advance(&api, by: .seconds(1))
        #expect(api.notifier.silences.count == 0)
    }

    @Test func `alerts of one name are limited, known ones are still taken`() throws {
        var api = try TestAPI()
        var settings = NotifierSettings()
        settings.alertsPerNameLimit = 2
        api.notifier.apply(settings, at: api.now)
        for value in ["1", "2", "3", "1"] { api.post("\"alertname\":\"A\",\"x\":\"\(value)\"") }
        api.post(#""alertname":"B""#)
        #expect(api.notifier.alerts.count == 3 && api.notifier.statistics.limitedAlerts == 1)
        #expect(api.notifier.alerts.count(named: "A") == 2)
        advance(&api, by: .seconds(3600))
        #expect(api.notifier.alerts.count(named: "A") == 0)
    }
}
