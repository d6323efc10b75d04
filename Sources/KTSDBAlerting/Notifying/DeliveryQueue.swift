internal import KTSDBNotify

/// Bounds how many attempts there are at the same time for each integration, so that one that hangs is felt by no
/// other.
struct DeliveryQueue {
    /// Attempts at the same time for one integration.
    static let concurrencyLimit = 32

    private struct Line {
        var running: Set<UInt64> = []
        var waiting: [Delivery] = []
        /// How many of `waiting` have left it, from its beginning.
        var departed = 0
    }

    private var lines: [IntegrationID: Line] = [:]
    private var owners: [UInt64: IntegrationID] = [:]
    private var cancelled: Set<UInt64> = []

    /// Adds an attempt; returns whether it may begin.
    mutating func add(_ delivery: Delivery) -> Bool {
        let id = delivery.notification.integration
        owners[delivery.id] = id
        guard lines[id, default: Line()].running.count < Self.concurrencyLimit else {
            lines[id]!.waiting.append(delivery)
            return false
        }
        lines[id, default: Line()].running.insert(delivery.id)
        return true
    }

    /// An attempt has ended; returns the one that may begin in its place.
    mutating func end(_ id: UInt64) -> Delivery? {
        guard let owner = owners.removeValue(forKey: id), lines[owner]?.running.remove(id) != nil else { return nil }
        guard let next = nextWaiting(of: owner) else {
            if lines[owner]!.running.isEmpty { lines[owner] = nil }
            return nil
        }
        lines[owner]!.running.insert(next.id)
        return next
    }

    /// Whether an attempt has not begun.
    func isWaiting(_ id: UInt64) -> Bool {
        guard let owner = owners[id], let line = lines[owner] else { return false }
        return !line.running.contains(id)
    }

    /// An attempt that waits does not begin any more. Returns whether it waited.
    mutating func cancel(_ id: UInt64) -> Bool {
        guard let owner = owners[id], lines[owner]?.running.contains(id) == false else { return false }
        owners[id] = nil
        cancelled.insert(id)
        return true
    }

    private mutating func nextWaiting(of owner: IntegrationID) -> Delivery? {
        while let line = lines[owner], line.departed < line.waiting.count {
            let next = line.waiting[line.departed]
            lines[owner]!.departed += 1
            if lines[owner]!.departed * 2 > line.waiting.count {
                lines[owner]!.waiting.removeFirst(lines[owner]!.departed)
                lines[owner]!.departed = 0
            }
            if cancelled.remove(next.id) == nil { return next }
        }
        return nil
    }
}
