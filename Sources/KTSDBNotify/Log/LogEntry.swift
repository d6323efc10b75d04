/// What was sent last to an integration about a group.
package struct LogEntry: Hashable, Sendable {
    /// A value that an integration keeps from one notification to the next, such as a message's id.
    package enum Value: Hashable, Sendable {
        case integer(Int64)
        case number(Double)
        case text(String)
    }

    /// The hashes of the alerts that fired, sorted.
    package var firing: [UInt64]
    /// The hashes of the alerts that were over, sorted.
    package var resolved: [UInt64]
    /// When the entry was written.
    package var time: WallTime
    /// When the entry is forgotten.
    package var expiresAt: WallTime
    package var data: [String: Value]

    package init(
        firing: [UInt64], resolved: [UInt64], time: WallTime, expiresAt: WallTime, data: [String: Value] = [:]
    ) {
        self.firing = firing.sorted()
        self.resolved = resolved.sorted()
        self.time = time
        self.expiresAt = expiresAt
        self.data = data
    }

    func moved(by jump: Duration) -> LogEntry {
        var entry = self
        entry.time = time + jump
        entry.expiresAt = expiresAt + jump
        return entry
    }

    /// Whether all of these alerts fired.
    package func coversFiring(_ hashes: [UInt64]) -> Bool { Self.contains(firing, hashes) }

    /// Whether all of these alerts were over.
    package func coversResolved(_ hashes: [UInt64]) -> Bool { Self.contains(resolved, hashes) }

    /// Whether a sorted list has all of `wanted`.
    private static func contains(_ sorted: [UInt64], _ wanted: [UInt64]) -> Bool {
        wanted.allSatisfy { hash in
            var low = 0, high = sorted.count
            while low < high {
                let middle = (low + high) / 2
                if sorted[middle] < hash { low = middle + 1 } else { high = middle }
            }
            return low < sorted.count && sorted[low] == hash
        }
    }
}
