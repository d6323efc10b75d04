package import KTSDBModel

/// Decides which alerts are stored.
///
/// While an alert fires it is received again and again, a little later each time. Only its first version is stored
/// then, and one when it is over: in between, its record means that it fires. So 20,000 alerts that keep firing cost no
/// records.
package struct AlertRecords: Sendable {
    /// What of an alert is stored.
    private struct Entry {
        var alert: ReceivedAlert
        var isOver: Bool
        var storedAt: WallTime
    }

    /// How old a stored version may be before changed annotations are stored: they often have a value that changes with
    /// each evaluation.
    static let annotationInterval = Duration.seconds(600)
    /// A life that is shorter is begun anew at a start of the server, so that later ends of it are not stored.
    static let shortLife = Duration.seconds(20 * 60)

    private var entries: [Labels: Entry] = [:]
    /// When alerts are over that are stored as firing.
    private var ends = TimerQueue<Labels>()
    /// The alerts of the last records.
    private var lastLabels: [Labels] = []

    package init() {}

    /// Begins with what is stored.
    init(_ stored: [(alert: ReceivedAlert, isOver: Bool)], _ alerts: AlertStore, at now: WallTime) {
        for (alert, isOver) in stored {
            entries[alert.labels] = Entry(alert: alert, isOver: isOver, storedAt: min(now, alert.updatedAt))
            if !isOver, let end = alerts[alert.labels]?.alert.endsAt { ends.set(alert.labels, at: end) }
        }
    }

    /// Returns the records of those among the changed alerts that are worth it, and of alerts that are over by now.
    mutating func records(of changed: Set<Labels>, in alerts: AlertStore, at now: WallTime) -> [StateRecord] {
        var result: [StateRecord] = []
        lastLabels = []
        for labels in changed {
            guard let alert = alerts[labels]?.alert else {
                forget(labels)
                lastLabels.append(labels)
                result.append(StateRecord(space: .alerts, key: ReceivedAlert.recordKey(labels), bytes: nil))
                continue
            }
            let isOver = alert.isResolved(at: now)
            if isOver { ends.cancel(labels) } else if let end = alert.endsAt { ends.set(labels, at: end) }
            if needsRecord(alert, isOver, at: now) { result.append(record(alert, isOver, at: now)) }
        }
        while let (labels, _) = ends.takeDue(by: now) {
            guard let alert = alerts[labels]?.alert, alert.isResolved(at: now), entries[labels]?.isOver != true else {
                continue
            }
            result.append(record(alert, true, at: now))
        }
        return result
    }

    /// The last records could not be stored: returns the alerts that they are about, which are stored the next time.
    package mutating func withdraw() -> [Labels] {
        defer { lastLabels = [] }
        for labels in lastLabels { forget(labels) }
        return lastLabels
    }

    private mutating func forget(_ labels: Labels) {
        entries[labels] = nil
        ends.cancel(labels)
    }

    /// All alerts are stored the next time.
    package mutating func forgetAll() {
        entries = [:]
        ends = TimerQueue()
    }

    private mutating func record(_ alert: ReceivedAlert, _ isOver: Bool, at now: WallTime) -> StateRecord {
        entries[alert.labels] = Entry(alert: alert, isOver: isOver, storedAt: now)
        lastLabels.append(alert.labels)
        return StateRecord(
            space: .alerts, key: ReceivedAlert.recordKey(alert.labels), bytes: alert.record(isOver: isOver))
    }

    private func needsRecord(_ alert: ReceivedAlert, _ isOver: Bool, at now: WallTime) -> Bool {
        guard let entry = entries[alert.labels], entry.isOver == isOver else { return true }
        let stored = entry.alert
        if stored.startsAt != alert.startsAt || stored.isTimeout != alert.isTimeout { return true }
        if isOver, stored.endsAt != alert.endsAt { return true }
        if isOver || now - entry.storedAt >= Self.annotationInterval, !stored.says(the: alert) { return true }
        guard !isOver, let end = alert.endsAt, let storedEnd = stored.endsAt else {
            return stored.endsAt != alert.endsAt
        }
        // A long life: the stored end must not pass while the alert fires.
        let life = end - now
        return end < storedEnd || life > Self.shortLife && storedEnd - now < life / 2
    }
}

extension ReceivedAlert {
    /// Whether two versions say the same besides their times.
    fileprivate func says(the other: ReceivedAlert) -> Bool {
        annotations == other.annotations && generatorURL == other.generatorURL
    }
}
