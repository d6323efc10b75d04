/// What was sent last to each integration about each group: so that nothing is sent twice, also after a restart.
package struct NotificationLog: Sendable {
    /// A group and an integration.
    package struct Key: Hashable, Sendable {
        package var groupKey: String
        package var integration: IntegrationID

        package init(groupKey: String, integration: IntegrationID) {
            self.groupKey = groupKey
            self.integration = integration
        }
    }

    /// How long an entry is kept at most.
    package var retention: Duration
    package private(set) var entries: [Key: LogEntry] = [:]

    package init(retention: Duration = .seconds(120 * 3600)) { self.retention = retention }

    package subscript(key: Key) -> LogEntry? { entries[key] }

    /// Notes what was sent at `now`. An entry from later than that stays.
    package mutating func write(
        _ key: Key, firing: [UInt64], resolved: [UInt64], data: [String: LogEntry.Value], repeatInterval: Duration,
        at now: WallTime
    ) {
        if let old = entries[key], old.time > now { return }
        let life = repeatInterval > .zero ? min(retention, repeatInterval * 2) : retention
        entries[key] = LogEntry(
            firing: firing, resolved: resolved, time: now, expiresAt: now + life, data: data)
    }

    /// Stores an entry as it is, for restoring; a newer one stays.
    package mutating func restore(_ key: Key, _ entry: LogEntry) {
        if let old = entries[key], old.time >= entry.time { return }
        entries[key] = entry
    }

    /// Moves the times of all entries.
    mutating func move(by jump: Duration) { entries = entries.mapValues { $0.moved(by: jump) } }

    /// Lets entries from later times than `now` be from now.
    mutating func bringBack(to now: WallTime) {
        entries = entries.mapValues { $0.time > now ? $0.moved(by: now - $0.time) : $0 }
    }

    /// Forgets the entries whose time is over, and returns their keys.
    package mutating func collectGarbage(at now: WallTime) -> [Key] {
        let over = entries.filter { $0.value.expiresAt <= now }.map(\.key)
        for key in over { entries[key] = nil }
        return over
    }
}
