import KTSDBAlerting
import KTSDBModel
import KTSDBScrape
import Synchronization
import Testing

@testable import KTSDBRules

@Suite struct AlertDispatchTests {
    /// Takes at most so many alerts at a time.
    private final class Receiver: AlertReceiver {
        let limit: Int
        let taken = Mutex<[OutgoingAlert]>([])

        init(limit: Int) { self.limit = limit }

        func offer(_ alerts: [OutgoingAlert]) -> Int {
            taken.withLock { $0 += alerts.prefix(limit) }
            return min(limit, alerts.count)
        }
    }

    private func due(_ labels: Labels) -> DueAlert {
        DueAlert(
            group: GroupKey(file: "", name: "g"), rule: "r", expression: "up == 0", labels: labels, annotations: [:],
            startsAt: PreciseTime(nanoseconds: 0), endsAt: PreciseTime(nanoseconds: 1), isResolved: false, value: 1)
    }

    @Test func externalLabelsFillInWhatIsMissing() {
        let receiver = Receiver(limit: 10)
        let dispatch = AlertDispatch(
            .init(externalLabels: ["zone": "eu", "job": "x"], externalURL: "http://h:9090"), to: [receiver])
        #expect(dispatch.offer([due(["alertname": "A", "job": "api"])]) == 1)
        let alert = receiver.taken.withLock { $0[0] }
        #expect(alert.labels == ["alertname": "A", "job": "api", "zone": "eu"])
        #expect(alert.generatorURL == "http://h:9090/graph?g0.expr=up+%3D%3D+0&g0.tab=1")
    }

    /// Has room for some alerts, and counts how many were offered.
    private final class NarrowReceiver: AlertReceiver {
        let room: Int
        let offered = Mutex(0)

        init(room: Int) { self.room = room }

        func offer(_ alerts: [OutgoingAlert]) -> Int {
            offered.withLock { $0 += alerts.count }
            return min(room, alerts.count)
        }
    }

    @Test func noMoreIsPreparedThanEveryoneHasRoomFor() {
        let narrow = NarrowReceiver(room: 2), wide = Receiver(limit: .max)
        let dispatch = AlertDispatch(to: [narrow, wide])
        #expect(dispatch.room == 2)
        #expect(dispatch.offer((1...9).map { due(["alertname": "A\($0)"]) }) == 2)
        // Nobody gets alerts that come again.
        #expect(narrow.offered.withLock { $0 } == 2 && wide.taken.withLock { $0.count } == 2)
        #expect(AlertDispatch().room == .max)
    }

    @Test func alertsThatRulesDropNeedNoRoom() throws {
        let rule = try Configuration.parse(
            "alerting: {alert_relabel_configs: [{source_labels: [x], regex: '1', action: drop}]}", path: "p"
        ).alerting.alertRules
        let narrow = NarrowReceiver(room: 2), dispatch = AlertDispatch(.init(relabelling: rule), to: [narrow])
        let alerts = ["1", "2", "1", "2", "1", "2"].enumerated().map { due(["alertname": "A\($0)", "x": $1]) }
        // Those that are dropped before the third that is not count as sent.
        #expect(dispatch.offer(alerts) == 5 && narrow.offered.withLock { $0 } == 2)
        #expect(AlertDispatch(.init(relabelling: rule), to: [NarrowReceiver(room: 0)]).offer(alerts) == 1)
        #expect(AlertDispatch(.init(relabelling: rule), to: [NarrowReceiver(room: 9)]).offer(alerts) == 6)
    }

    @Test func theSlowestReceiverDecidesWhatIsTaken() {
        let dispatch = AlertDispatch(to: [Receiver(limit: 3), Receiver(limit: 1)])
        let alerts = ["A", "B", "C"].map { due(["alertname": $0]) }
        #expect(dispatch.offer(alerts) == 1)
        #expect(AlertDispatch().offer(alerts) == 3)
    }
}
