import KTSDBAlerting
import KTSDBModel
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

    @Test func theSlowestReceiverDecidesWhatIsTaken() {
        let dispatch = AlertDispatch(to: [Receiver(limit: 3), Receiver(limit: 1)])
        let alerts = ["A", "B", "C"].map { due(["alertname": $0]) }
        #expect(dispatch.offer(alerts) == 1)
        #expect(AlertDispatch().offer(alerts) == 3)
    }
}
