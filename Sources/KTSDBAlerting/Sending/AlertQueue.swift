/// Alerts that wait to be sent to one Alertmanager, in the order in which they came.
struct AlertQueue: Sendable {
    /// How many alerts can wait.
    let capacity: Int
    private var alerts: [OutgoingAlert] = []
    /// The alerts before this place have been taken.
    private var start = 0

    init(capacity: Int) { self.capacity = capacity }

    /// How many alerts wait.
    var count: Int { alerts.count - start }
    /// How many more can wait.
    var room: Int { capacity - count }

    /// Adds alerts. For those that do not fit the oldest are lost, be they in the queue or among the new ones.
    /// - Returns: How many were lost.
    mutating func add(_ new: [OutgoingAlert]) -> Int {
        let fitting = new.suffix(capacity)
        let overflow = max(0, fitting.count - room)
        removeFirst(overflow)
        alerts += fitting
        return overflow + new.count - fitting.count
    }

    /// Removes and returns the oldest alerts, at most `limit`.
    mutating func next(_ limit: Int) -> ArraySlice<OutgoingAlert> {
        let batch = ArraySlice(Array(alerts[start...].prefix(limit)))
        removeFirst(batch.count)
        return batch
    }

    /// Removes all alerts.
    /// - Returns: How many there were.
    mutating func removeAll() -> Int {
        defer { self = AlertQueue(capacity: capacity) }
        return count
    }

    private mutating func removeFirst(_ number: Int) {
        start += number
        // Moving the rest costs as much as it saves: each alert is moved once at most.
        guard start * 2 >= alerts.count else { return }
        alerts.removeFirst(start)
        start = 0
    }
}
