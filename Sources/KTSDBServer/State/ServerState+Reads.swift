internal import Hummingbird
internal import KTSDBModel
internal import NIOCore
internal import PromQL

extension ServerState {
    /// Runs `body` when its turn comes. When the client on `channel` goes away, or the server stops, the turn is given
    /// up, and the cancellation that `body` has is set.
    func withTurn<Value>(
        within timeout: Duration, _ channel: any Channel, _ body: (QueryCancellation) async throws -> Value
    ) async throws -> Value {
        let turn = QueryTurn()
        let read = reads.begin(turn.cancellation)
        defer { reads.end(read) }
        let watch = ConnectionWatch.of(channel)
        watch?.onClose { [queries] in
            turn.cancellation.cancel()
            queries.giveUp(turn, .cancelled)
        }
        defer { watch?.onClose(nil) }
        return try await queries.withTurn(turn, within: timeout) { try await body(turn.cancellation) }
    }

    /// Runs a read that is not a query, such as one of labels or series, in the way queries run: when its turn comes,
    /// on a query thread, within their limits, and until the client goes away. It leaves out what is damaged, as the
    /// limits then say, unless it is to fail.
    func read<Value: Sendable>(
        _ context: ServerRequestContext, failsOnDamage: Bool? = nil,
        _ read: @escaping @Sendable (QueryLimits) throws -> Value
    ) async throws -> Value {
        let arrived = ContinuousClock.now, timeout = options.queryTimeout
        do {
            return try await withTurn(within: timeout, context.channel) { cancellation in
                var overrides = QueryOverrides(timeout: max(.zero, timeout - (ContinuousClock.now - arrived)))
                overrides.failsOnDamage = failsOnDamage
                let limits = engine.limits(overrides: overrides, cancellation: cancellation)
                return try await engine.read(limits, cancellation: cancellation) {
                    try limits.readingAround { limits in try read(limits) }
                }
            }
        } catch {
            throw described(error)
        }
    }

    /// Returns the reason that keeps a query or a read from its turn, as an API error.
    func described(_ error: any Error) -> any Error {
        switch error as? QueryGate.Refusal {
        case .timeout:
            APIError(
                .timeout,
                "query timed out in query queue: \(queries.limit) others were running all that time, as many as "
                    + "--query.max-concurrency allows. Ask again later, or raise that limit.")
        case .cancelled: APIError(.canceled, "query was canceled in query queue")
        case nil: error
        }
    }
}

/// Labels, together with the memory reserved for them, which is given back when they go.
struct HeldLabels: Sendable {
    private(set) var labels: [Labels] = []
    private let reservation: ReadReservation
    /// The limits of the read, which know what it left out.
    let limits: QueryLimits

    init(_ limits: QueryLimits) {
        self.limits = limits
        reservation = ReadReservation(limits)
    }

    mutating func append(_ labels: Labels) throws(ReadError) {
        // Counts the array's element, the head of the bytes, and an entry of a set.
        try reservation.grow(bytes: labels.stringForm.count + 64)
        self.labels.append(labels)
    }
}

/// Texts, together with the memory reserved for them, which is given back when they go.
struct HeldTexts: Sendable {
    let texts: [String]
    private let reservation: ReadReservation
    /// The limits of the read, which know what it left out.
    let limits: QueryLimits

    init(_ texts: [String], _ limits: QueryLimits) throws(ReadError) {
        self.texts = texts
        self.limits = limits
        reservation = ReadReservation(limits)
        try reservation.grow(bytes: texts.reduce(0) { $0 + $1.utf8.count + 48 })
    }
}
