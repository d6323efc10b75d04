import KTSDBModel
import Testing

@testable import KTSDBAlerting

@Suite struct `A queue of alerts` {
    private func names(_ alerts: some Sequence<OutgoingAlert>) -> [String] {
        alerts.map { $0.labels["alertname"] ?? "" }
    }

    private func rest(of queue: AlertQueue) -> [String] {
        var queue = queue
        return names(queue.next(.max))
    }

    // From Prometheus' notifier/sendloop_test.go.
    @Test func `loses the oldest when it is full`() {
        var queue = AlertQueue(capacity: 3)
        #expect(queue.add([SendingRig.alert("1"), SendingRig.alert("2")]) == 0)
        #expect(queue.add([SendingRig.alert("3"), SendingRig.alert("4")]) == 1)
        #expect(rest(of: queue) == ["2", "3", "4"])
    }

    @Test func `loses the oldest of a batch that is larger than the queue`() {
        var queue = AlertQueue(capacity: 3)
        #expect(queue.add([SendingRig.alert("1"), SendingRig.alert("2")]) == 0)
        #expect(queue.add(["3", "4", "5", "6"].map { SendingRig.alert($0) }) == 3)
        #expect(rest(of: queue) == ["4", "5", "6"])
    }

    @Test func `gives batches in order`() {
        var queue = AlertQueue(capacity: 1000)
        #expect(queue.add(SendingRig.alerts(513)) == 0)
        #expect(names(queue.next(256)) == (0..<256).map { "A\($0)" })
        #expect(names(queue.next(256)) == (256..<512).map { "A\($0)" })
        #expect(names(queue.next(256)) == ["A512"])
        #expect(queue.next(256).isEmpty && queue.count == 0)
    }

    @Test(arguments: 0..<20) func `is like a list that is cut`(seed: Int) {
        var generator = SystemRandomNumberGenerator(), queue = AlertQueue(capacity: 1 + seed), model: [String] = []
        var lost = 0, number = 0
        for _ in 0..<500 {
            if Bool.random(using: &generator) {
                let new = (0..<Int.random(in: 0...30, using: &generator)).map { "\(number + $0)" }
                number += new.count
                model += new
                lost += max(0, model.count - queue.capacity)
                model = model.suffix(queue.capacity)
                lost -= queue.add(new.map { SendingRig.alert($0) })
            } else {
                let count = Int.random(in: 0...20, using: &generator)
                #expect(names(queue.next(count)) == Array(model.prefix(count)))
                model = Array(model.dropFirst(count))
            }
            #expect(lost == 0 && queue.count == model.count && queue.room == queue.capacity - model.count)
        }
        #expect(queue.removeAll() == model.count && queue.count == 0)
    }
}
