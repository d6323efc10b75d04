internal import KTSDBModel

/// The threads that queries run on: an evaluation may take seconds.
enum QueryThreads {
    private static let threads = BlockingThreads("ktsdb.query")

    /// Runs `body` on a query thread; cancelling the task sets the flag that `body` is given: `cancellation`, or one of
    /// its own.
    static func run<T: Sendable, Failure: Error>(
        _ cancellation: QueryCancellation? = nil,
        _ body: @escaping @Sendable (QueryCancellation) throws(Failure) -> T
    ) async throws(Failure) -> T {
        let cancellation = cancellation ?? QueryCancellation()
        let result: Result<T, Failure> = await withTaskCancellationHandler {
            do throws(Failure) {
                return .success(try await threads.run { () throws(Failure) in try body(cancellation) })
            } catch {
                return .failure(error)
            }
        } onCancel: {
            cancellation.cancel()
        }
        return try result.get()
    }
}
