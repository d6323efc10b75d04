internal import Synchronization

/// A flag that ends a running query, or read, within about a millisecond.
public final class QueryCancellation: Sendable {
    private let flag = Atomic(false)

    /// Not cancelled yet.
    public init() {}

    /// Asks the query to end; it then throws ``QueryError/cancelled``. May be called from any thread, any number of
    /// times.
    public func cancel() { flag.store(true, ordering: .relaxed) }

    /// Whether `cancel` was called.
    public var isCancelled: Bool { flag.load(ordering: .relaxed) }
}
