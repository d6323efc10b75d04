internal import KTSDBModel
internal import Synchronization

/// What all queries of one engine may hold in memory together, in bytes; and, if there is a ledger, no more than that
/// has left.
///
/// Queries take from it in slices, so that it is asked once in a while and not for each row.
final class MemoryBudget: Sendable {
    /// The number of bytes that can be taken.
    let limit: Int
    let ledger: MemoryLedger?
    private let account: MemoryAccount?
    private let taken = Atomic(0)

    /// nil without a limit and without a ledger: then nothing needs to be counted.
    init?(limit: Int?, ledger: MemoryLedger?) {
        guard limit != nil || ledger != nil else { return nil }
        self.limit = max(0, limit ?? .max)
        self.ledger = ledger
        account = ledger.map { MemoryAccount($0, .queries) }
    }

    /// The bytes that queries have taken, and results that are still held.
    var bytesInUse: Int { taken.load(ordering: .relaxed) }

    /// Takes `count` bytes for a query that holds `held`, if that many are left.
    func take(_ count: Int, holding held: Int) -> Bool {
        if let ledger, count > ledger.room(holding: held) { return false }
        let now = taken.add(count, ordering: .relaxed).newValue
        guard now > limit else {
            account?.add(count)
            return true
        }
        taken.subtract(count, ordering: .relaxed)
        return false
    }

    func giveBack(_ count: Int) {
        taken.subtract(count, ordering: .relaxed)
        account?.add(-count)
    }
}

/// A part of a budget that is taken until this goes away.
final class MemoryLease: Sendable {
    private let budget: MemoryBudget?
    /// How the ledger sees the query while it runs.
    private let claim: MemoryClaim?
    private let size = Mutex(0)
    /// Bytes that may be used without asking; grows under `size`.
    private let available = Atomic(0)
    private let isClaimed = Atomic(false)

    /// How much is taken at once, so that thousands of rows need one request.
    private static let slice = 1 << 20

    init(_ budget: MemoryBudget?) {
        self.budget = budget
        claim = budget?.ledger == nil ? nil : MemoryClaim()
    }

    /// Returns another lease from the same budget, of nothing yet.
    func anew() -> MemoryLease { MemoryLease(budget) }

    deinit {
        endClaim()
        budget?.giveBack(size.withLock { $0 })
    }

    /// Makes sure that `total` bytes are taken: a slice more than that if there is one, else exactly as much.
    /// - Returns: false if fewer are left in the budget; nothing was taken then.
    func cover(_ total: Int) -> Bool {
        guard let budget, total > available.load(ordering: .relaxed) else { return true }
        return size.withLock { size in
            let missing = total - size
            if missing <= 0 { return true }
            if budget.take(missing + Self.slice, holding: size) {
                size = total + Self.slice
            } else if budget.take(missing, holding: size) {
                size = total
            } else {
                return false
            }
            available.store(size, ordering: .relaxed)
            noteClaim(size)
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
            claim?.bytes = total
        }
    }

    /// Reports to the ledger what the query holds; from the first time on, the query may be ended.
    private func noteClaim(_ size: Int) {
        guard let claim, let ledger = budget?.ledger else { return }
        claim.bytes = size
        if !isClaimed.exchange(true, ordering: .relaxed) { ledger.begin(claim) }
    }

    /// Called when the query has its result: what is held from now on is held by whoever reads that.
    func endClaim() {
        guard let claim, isClaimed.exchange(false, ordering: .relaxed) else { return }
        budget?.ledger?.end(claim)
    }

    /// Whether the query has to end, because the process has no memory left for it.
    var isRevoked: Bool { claim?.isRevoked ?? false }

    /// The error of a query that needs `needed` bytes and did not get them.
    func refusal(needing needed: Int) -> QueryError {
        let others = bytesOfOthers
        guard let ledger = budget?.ledger, let memory = ledger.limit, needed <= limit - others else {
            return .memoryInUse(limit: limit, needed: needed, others: others)
        }
        ledger.noteRefusedQuery()
        return .memoryLimit(limit: memory, needed: needed, inUse: ledger.bytes)
    }

    /// The error of a query that was ended.
    var revocation: QueryError {
        .memoryLimit(
            limit: budget?.ledger?.limit ?? limit, needed: size.withLock { $0 }, inUse: budget?.ledger?.bytes ?? 0)
    }

    /// The budget that this is a part of.
    var limit: Int { budget?.limit ?? .max }
    /// What others have taken of the budget.
    var bytesOfOthers: Int { max(0, (budget?.bytesInUse ?? 0) - size.withLock { $0 }) }

    /// How many bytes the lease may have at most now; nil if nothing limits it.
    var mostBytes: Int? {
        guard let budget else { return nil }
        let ofBudget = budget.limit == .max ? Int.max : budget.limit - bytesOfOthers
        let held = size.withLock { $0 }
        let room = budget.ledger?.room(holding: held) ?? .max
        let ofLedger = room == .max ? Int.max : room + held
        let most = min(ofBudget, ofLedger)
        return most == .max ? nil : most
    }
}
