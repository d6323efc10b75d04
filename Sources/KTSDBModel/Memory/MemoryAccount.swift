internal import Synchronization

/// What one part of the program holds, as a part of a row of a ledger; given back when this goes away.
///
/// A change costs three atomic additions, so that pages, buffers and tables are counted, and not samples.
package final class MemoryAccount: Sendable {
    private let ledger: MemoryLedger
    private let row: MemoryRow
    private let count = Atomic(0)

    package init(_ ledger: MemoryLedger, _ holder: MemoryHolder) {
        self.ledger = ledger
        row = ledger.row(holder)
    }

    deinit { add(-bytes) }

    package var bytes: Int { count.load(ordering: .relaxed) }

    package func add(_ change: Int) {
        guard change != 0 else { return }
        count.add(change, ordering: .relaxed)
        row.add(change)
        ledger.add(change)
    }

    /// Sets what is held to a figure that was estimated anew.
    package func set(_ bytes: Int) {
        let change = bytes - count.exchange(bytes, ordering: .relaxed)
        guard change != 0 else { return }
        row.add(change)
        ledger.add(change)
    }
}
