public import KTSDBEngine
public import KTSDBModel
public import PromQL

extension Database {
    /// Evaluates a PromQL expression at one time, over a read view that is taken now.
    ///
    /// For other options than the engine's own, or for several queries of one view, call `PromQLEngine`.
    /// - Throws: `QueryError`.
    public func query(_ text: String, at time: Timestamp = .now) async throws(QueryError) -> QueryValue {
        try await PromQLEngine().query(text, at: time, in: readView()).value
    }

    /// Evaluates a PromQL expression at each step of a range, over a read view that is taken now.
    /// - Throws: `QueryError`.
    public func query(
        _ text: String, over range: ClosedRange<Timestamp>, step: Duration
    ) async throws(QueryError) -> QueryValue {
        try await PromQLEngine().query(text, over: range, step: step, in: readView()).value
    }
}
