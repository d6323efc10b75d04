internal import KTSDBModel

extension PromQLEngine {
    /// The limits of a query with these overrides, from now on, for a read outside of a query: its memory is the
    /// engine's, too.
    public func limits(overrides: QueryOverrides = .init(), cancellation: QueryCancellation? = nil) -> QueryLimits {
        QueryLimits(options, overrides, cancellation, budget)
    }

    /// Runs `read`, which minds `limits`, on one of the threads of queries.
    ///
    /// Waiting for a thread counts towards the time, which begins when the limits are made. Cancelling the task ends
    /// the read if `cancellation` is that of the limits.
    /// - Throws: what `read` throws; ``QueryError`` instead of a `ReadError`.
    public func read<Value: Sendable>(
        _ limits: QueryLimits, cancellation: QueryCancellation? = nil,
        _ read: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await QueryThreads.run(cancellation) { _ in
            do {
                try limits.checkTime()
                let value = try read()
                limits.settle()
                return value
            } catch let error as ReadError {
                throw limits.error(for: error)
            }
        }
    }
}
