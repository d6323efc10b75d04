package import PromQL
internal import Synchronization

/// A query's or a read's turn at the ``QueryGate``, from before it waits until it has been answered.
package final class QueryTurn: Sendable {
    /// Ends what runs.
    package let cancellation = QueryCancellation()
    private let state = Mutex<QueryGate.Refusal?>(nil)

    package init() {}

    /// Why the turn must not be waited for; nil as long as it may.
    var refusal: QueryGate.Refusal? { state.withLock { $0 } }

    /// The first reason counts.
    func refuse(_ refusal: QueryGate.Refusal) { state.withLock { $0 = $0 ?? refusal } }
}
