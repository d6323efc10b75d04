package import KTSDBModel

/// All alerts that are known, by their labels.
package struct AlertStore: Sendable {
    /// An alert and the number of its version: each change has a higher one.
    package struct Stored: Hashable, Sendable {
        package var alert: ReceivedAlert
        package var version: UInt64
    }

    /// The label with an alert's name.
    static let nameLabel = "alertname"

    private var byLabels: [Labels: Stored] = [:]
    /// How many alerts have a name.
    private var countByName: [String: Int] = [:]
    private var lastVersion: UInt64 = 0

    package init() {}

    package var count: Int { byLabels.count }
    /// How many alerts have a name.
    package func count(named name: String) -> Int { countByName[name] ?? 0 }

    private mutating func store(_ alert: ReceivedAlert) -> Stored {
        lastVersion += 1
        let stored = Stored(alert: alert, version: lastVersion)
        if byLabels.updateValue(stored, forKey: alert.labels) == nil {
            countByName[alert.labels[Self.nameLabel] ?? "", default: 0] += 1
        }
        return stored
    }
    package subscript(labels: Labels) -> Stored? { byLabels[labels] }

    /// All alerts, in the order of their labels.
    package var sorted: [Stored] { byLabels.values.sorted { $0.alert.labels < $1.alert.labels } }

    /// Stores an alert, merged with the version that is known if their times overlap. Returns what is stored now.
    package mutating func put(_ alert: ReceivedAlert, at now: WallTime) -> Stored {
        var alert = alert
        if let old = byLabels[alert.labels]?.alert, old.overlaps(newer: alert) {
            alert = old.merged(with: alert, at: now)
        }
        return store(alert)
    }

    /// Stores an alert as it is.
    package mutating func restore(_ alert: ReceivedAlert) { _ = store(alert) }

    /// Changes all alerts; each is a new version then.
    mutating func change(_ body: (inout ReceivedAlert) -> Void) {
        for stored in sorted {
            var alert = stored.alert
            body(&alert)
            restore(alert)
        }
    }

    /// Forgets the alerts that are over, and returns their labels.
    package mutating func collectGarbage(at now: WallTime) -> [Labels] {
        let over = byLabels.values.filter { $0.alert.isResolved(at: now) }.map(\.alert.labels)
        for labels in over {
            byLabels[labels] = nil
            let name = labels[Self.nameLabel] ?? "", rest = count(named: name) - 1
            countByName[name] = rest > 0 ? rest : nil
        }
        return over
    }
}
