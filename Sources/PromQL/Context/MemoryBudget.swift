internal import Synchronization

/// What all queries of one engine may hold in memory together, in bytes.
///
/// Queries take from it in slices, so that it is asked once in a while and not for each row.
final class MemoryBudget: Sendable {
    /// The number of bytes that can be taken.
    let limit: Int
    private let taken = Atomic(0)

    init(limit: Int) { self.limit = max(0, limit) }

    /// The bytes that queries have taken, and results that are still held.
    var bytesInUse: Int { taken.load(ordering: .relaxed) }

    /// Takes `count` bytes if that many are left.
    func take(_ count: Int) -> Bool {
        let now = taken.add(count, ordering: .relaxed).newValue
        guard now > limit else { return true }
        taken.subtract(count, ordering: .relaxed)
        return false
    }

    func giveBack(_ count: Int) { taken.subtract(count, ordering: .relaxed) }
}

/// A part of a budget that is taken until this goes away.
final class MemoryLease: Sendable {
    private let budget: MemoryBudget?
    private let size = Mutex(0)
    /// Bytes that may be used without asking; grows under `size`.
    private let available = Atomic(0)

    /// How much is taken at once, so that thousands of rows need one request.
    private static let slice = 1 << 20

    init(_ budget: MemoryBudget?) { self.budget = budget }

    /// Returns another lease from the same budget, of nothing yet.
    func anew() -> MemoryLease { MemoryLease(budget) }

    deinit { budget?.giveBack(size.withLock { $0 }) }

    /// Makes sure that `total` bytes are taken: a slice more than that if there is one, else exactly as much.
    /// - Returns: false if fewer are left in the budget; nothing was taken then.
    func cover(_ total: Int) -> Bool {
        guard let budget, total > available.load(ordering: .relaxed) else { return true }
        return size.withLock { size in
            let missing = total - size
            if missing <= 0 { return true }
            if budget.take(missing + Self.slice) {
                size = total + Self.slice
            } else if budget.take(missing) {
                size = total
            } else {
                return false
            }
            available.store(size, ordering: .relaxed)
            return true
        }
    }

    /// Gives back all but `total` bytes.
    func shrink(to total: Int) {
        size.withLock { size in
            guard let budget, size > total else { return }
            budget.giveBack(size - total)
            size = total
            available.store(total, ordering: .relaxed)
        }
    }

    /// The budget that this is a part of.
    var limit: Int { budget?.limit ?? .max }
    /// What others have taken of the budget.
    var bytesOfOthers: Int { max(0, (budget?.bytesInUse ?? 0) - size.withLock { $0 }) }
}
