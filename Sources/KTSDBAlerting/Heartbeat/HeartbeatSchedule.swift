/// When the next heartbeat of each target is due. A value, so that tests need no clock.
struct HeartbeatSchedule {
    private var due: [HeartbeatTarget: Duration] = [:]

    /// Follows other targets. New ones are due at once; those that stay keep their time.
    mutating func follow(_ targets: [HeartbeatTarget], at now: Duration) {
        due = Dictionary(targets.map { ($0, due[$0] ?? now) }) { first, _ in first }
    }

    /// Takes the targets that are due, and sets their next time; one that is late does not catch up.
    mutating func takeDue(at now: Duration) -> [HeartbeatTarget] {
        let found = due.filter { $0.value <= now }.map(\.key).sorted { $0.url < $1.url }
        for target in found {
            let next = due[target]! + target.interval
            due[target] = next > now ? next : now + target.interval
        }
        return found
    }

    /// How long to wait until one is due; nil without targets.
    func wait(at now: Duration) -> Duration? { due.values.min().map { max(.zero, $0 - now) } }
}
