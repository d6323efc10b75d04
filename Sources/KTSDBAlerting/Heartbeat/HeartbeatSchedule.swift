/// When the next heartbeat of each target is due. It is a value type, so tests do not need a clock.
struct HeartbeatSchedule {
    private var due: [HeartbeatTarget: Duration] = [:]

    /// Replaces the targets. New targets are due at once; the others keep their times.
    mutating func follow(_ targets: [HeartbeatTarget], at now: Duration) {
        due = Dictionary(targets.map { ($0, due[$0] ?? now) }) { first, _ in first }
    }

    /// Returns the targets that are due, and sets their next times. Missed heartbeats are not made up for.
    mutating func takeDue(at now: Duration) -> [HeartbeatTarget] {
        let found = due.filter { $0.value <= now }.map(\.key).sorted { $0.url < $1.url }
        for target in found {
            let next = due[target]! + target.interval
            due[target] = next > now ? next : now + target.interval
        }
        return found
    }

    /// Returns the time until the next heartbeat is due; nil if no target is configured.
    func wait(at now: Duration) -> Duration? { due.values.min().map { max(.zero, $0 - now) } }
}
