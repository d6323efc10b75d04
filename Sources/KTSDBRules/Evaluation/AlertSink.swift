/// Who sends alerts.
public protocol AlertSink: Sendable {
    /// Takes alerts over, those at the beginning first. Must not block.
    /// - Returns: How many it has taken; the others stay due, and are offered again as soon as there is room.
    func offer(_ alerts: [DueAlert]) -> Int

    /// How many alerts it would take now; by default any number. What does not fit is not even prepared.
    var room: Int { get }
}

extension AlertSink {
    /// Any number.
    public var room: Int { .max }
}

/// Takes all alerts where nobody wants them.
struct UnlimitedSink: AlertSink {
    func offer(_ alerts: [DueAlert]) -> Int { alerts.count }
}
