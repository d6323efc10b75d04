import KTSDBModel
import Testing

@testable import KTSDBNotify

@Suite struct `Records of alerts` {
    private let start = WallTime(seconds: 1_800_000_000)
    private let labels: Labels = ["alertname": "A"]

    private func alert(
        at now: WallTime, life: Duration = .seconds(240), summary: String = "s", resolvedAt end: WallTime? = nil
    ) -> ReceivedAlert {
        ReceivedAlert(
            labels: labels, annotations: ["summary": summary], startsAt: start, endsAt: end ?? now + life,
            updatedAt: now)
    }

    /// Puts an alert, and returns how many records that makes.
    private func put(
        _ alert: ReceivedAlert, _ store: inout AlertStore, _ records: inout AlertRecords, at now: WallTime
    ) -> Int {
        _ = store.put(alert, at: now)
        return records.records(of: [alert.labels], in: store, at: now).count
    }

    @Test func `an alert that keeps firing is stored once, and once when it is over`() {
        var store = AlertStore(), records = AlertRecords(), count = 0
        for round in 0..<1000 {
            let now = start + .seconds(75 * round)
            count += put(alert(at: now), &store, &records, at: now)
        }
        #expect(count == 1)
        let end = start + .seconds(75_000)
        #expect(put(alert(at: end, resolvedAt: end), &store, &records, at: end) == 1)
        #expect(put(alert(at: end + .seconds(75), resolvedAt: end), &store, &records, at: end + .seconds(75)) == 0)
    }

    @Test func `an alert whose end passes unseen is stored as over with whatever is stored next`() throws {
        var store = AlertStore(), records = AlertRecords()
        #expect(put(alert(at: start), &store, &records, at: start) == 1)
        #expect(records.records(of: [], in: store, at: start + .seconds(239)).isEmpty)
        let written = records.records(of: [], in: store, at: start + .seconds(240))
        #expect(try written.map { try ReceivedAlert.read(record: $0.bytes ?? []).isOver } == [true])
        #expect(records.records(of: [], in: store, at: start + .seconds(999)).isEmpty)
    }

    @Test func `changed annotations are stored, but not each time`() {
        var store = AlertStore(), records = AlertRecords(), count = 0
        for round in 0...40 {
            let now = start + .seconds(60 * round)
            count += put(alert(at: now, summary: "value \(round)"), &store, &records, at: now)
        }
        #expect(count == 5)
    }

    @Test func `the end of a long life is stored before it passes`() {
        var store = AlertStore(), records = AlertRecords(), count = 0
        for round in 0..<12 {
            let now = start + .seconds(3600 * round)
            count += put(alert(at: now, life: .seconds(4 * 3600)), &store, &records, at: now)
        }
        #expect(count == 4)
    }

    @Test func `what could not be stored is stored the next time`() {
        var store = AlertStore(), records = AlertRecords()
        #expect(put(alert(at: start), &store, &records, at: start) == 1)
        #expect(records.withdraw() == [labels])
        #expect(records.records(of: [labels], in: store, at: start).count == 1)
        #expect(records.records(of: [labels], in: store, at: start).isEmpty)
    }

    // MARK: Starts

    private func stored(_ alert: ReceivedAlert, isOver: Bool) -> StoredState {
        var state = StoredState()
        state.add(.alerts, alert.record(isOver: isOver))
        return state
    }

    @Test(arguments: [(240, 600, 300), (600, 3000, 600), (1200, 3000, 1200), (86_400, 90_000, 300)])
    func `an alert that fired is taken as just received`(life: Int, later: Int, wanted: Int) {
        var state = stored(alert(at: start, life: .seconds(life)), isOver: false)
        let now = start + .seconds(later)
        _ = state.resume(at: now)
        #expect(state.alerts[labels]?.alert.endsAt == now + .seconds(wanted))
    }

    @Test func `an end that is far away, and one that has passed, stay`() {
        let far = alert(at: start, life: .seconds(86_400))
        var state = stored(far, isOver: false)
        _ = state.resume(at: start + .seconds(60))
        #expect(state.alerts[labels]?.alert == far)
        let over = alert(at: start, resolvedAt: start)
        state = stored(over, isOver: true)
        _ = state.resume(at: start + .seconds(60))
        #expect(state.alerts[labels]?.alert == over)
    }

    @Test func `times that are still to come, because the clock was set back, count from now`() {
        var state = stored(alert(at: start), isOver: false)
        let key = NotificationLog.Key(
            groupKey: "g", integration: IntegrationID(receiver: "r", kind: "webhook", index: 0))
        let entry = LogEntry(firing: [1], resolved: [], time: start, expiresAt: start + .seconds(100))
        state.add(.log, NotificationLog.record(key, entry))
        let now = start - .seconds(3600)
        _ = state.resume(at: now)
        #expect(state.alerts[labels]?.alert.updatedAt == now)
        #expect(state.alerts[labels]?.alert.endsAt == now + .seconds(300))
        #expect(state.log[key]?.time == now && state.log[key]?.expiresAt == now + .seconds(100))
    }
}
