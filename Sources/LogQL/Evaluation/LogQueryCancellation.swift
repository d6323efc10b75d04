internal import Synchronization

/// A flag that ends a running log query soon.
public final class LogQueryCancellation: Sendable {
    private let flag = Atomic(false)

    /// Not cancelled yet.
    public init() {}

    /// Asks the query to end; it then throws a ``LogQLError`` of the kind `cancelled`. May be called from any thread,
    /// any number of times.
    public func cancel() { flag.store(true, ordering: .relaxed) }

    /// Whether `cancel` was called.
    public var isCancelled: Bool { flag.load(ordering: .relaxed) }
}
