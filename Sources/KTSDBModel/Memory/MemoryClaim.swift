internal import Synchronization

/// A running query, as a ledger sees it: how much it holds, and whether it has to end.
package final class MemoryClaim: Sendable {
    private let count = Atomic(0)
    private let revoked = Atomic(false)

    package init() {}

    /// The bytes that the query holds.
    package var bytes: Int {
        get { count.load(ordering: .relaxed) }
        set { count.store(newValue, ordering: .relaxed) }
    }

    /// Whether the query has to end, so that others get its memory.
    package var isRevoked: Bool { revoked.load(ordering: .relaxed) }

    func revoke() { revoked.store(true, ordering: .relaxed) }
}

/// The claims of all running queries, oldest first.
struct MemoryClaims {
    private var claims: [MemoryClaim] = []

    mutating func add(_ claim: MemoryClaim) { claims.append(claim) }

    mutating func remove(_ claim: MemoryClaim) {
        if let index = claims.lastIndex(where: { $0 === claim }) { claims.remove(at: index) }
    }

    /// The newest claim that holds at least a quarter of what the largest one holds and is not revoked yet. Ending a
    /// small query would not help, and older ones have less work left.
    var newestLarge: MemoryClaim? {
        // One that was revoked gives its memory back soon.
        guard !claims.contains(where: { $0.isRevoked && $0.bytes > 0 }) else { return nil }
        let largest = claims.reduce(0) { max($0, $1.bytes) }
        guard largest > 0 else { return nil }
        return claims.last { $0.bytes >= (largest + 3) / 4 }
    }
}
