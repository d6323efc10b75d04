package import PromQL
internal import Synchronization

/// The turn of a query or a read at the ``QueryGate``, from before it waits until it has been answered.
package final class QueryTurn: Sendable {
    /// Ends the query or read once it runs.
    package let cancellation = QueryCancellation()
    private let state = Mutex<QueryGate.Refusal?>(nil)

    package init() {}

    /// Why the turn must not be waited for; nil as long as it may.
    var refusal: QueryGate.Refusal? { state.withLock { $0 } }

    /// Sets the reason; the first one counts.
    func refuse(_ refusal: QueryGate.Refusal) { state.withLock { $0 = $0 ?? refusal } }
}
