internal import KTSDBModel
internal import KTSDBScrape
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import Synchronization

/// One Alertmanager: the alerts that wait for it, and the task that sends them, one request at a time.
///
/// A request that fails is not repeated: alerts that still fire come again with the resend delay.
final class Peer: Sendable {
    /// How the Alertmanager is reached; a reload can change it.
    struct Way: Sendable {
        var client: SettingsClient
        var timeout: Duration
    }

    private struct State {
        var way: Way
        var queue: AlertQueue
        var health = PeerHealth()
        var figures = PeerFigures()
        /// When the request that is under way began.
        var requestStart: ContinuousClock.Instant?
        /// Whether alerts were lost since the queue was last half empty, which is in the log once.
        var isOverflowing = false
        /// Whether alerts are still taken.
        var isOpen = true
        var task: Task<Void, Never>?

        /// Empties the queue, and returns how many alerts are lost.
        mutating func loseAll() -> Int {
            let count = queue.removeAll()
            figures.dropped += count
            return count
        }
    }

    let address: PeerAddress
    private let options: SendingOptions
    private let logger: Logger
    private let state: Mutex<State>
    private let work: AsyncStream<Void>, bell: AsyncStream<Void>.Continuation

    /// Creates a peer that sends as soon as it has alerts.
    init(_ address: PeerAddress, _ way: Way, _ options: SendingOptions, _ logger: Logger) {
        self.address = address
        self.options = options
        var logger = logger
        logger[metadataKey: "alertmanager"] = "\(address.url)"
        self.logger = logger
        (work, bell) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        state = Mutex(State(way: way, queue: AlertQueue(capacity: options.queueCapacity)))
        let task = Task { await run() }
        state.withLock { $0.task = task }
    }

    /// Sends with other settings from the next request on.
    func use(_ way: Way) { state.withLock { $0.way = way } }

    /// Whether the last request failed.
    var isFailing: Bool { state.withLock { $0.health.isFailing } }

    /// What is counted, for metrics.
    var figures: PeerFigures {
        state.withLock { state in
            var figures = state.figures
            figures.waiting = state.queue.count
            return figures
        }
    }

    // MARK: Taking alerts

    /// How many alerts it would take without losing any. One that fails, or has been busy with one request for too
    /// long, takes any number: it loses alerts rather than hold up others.
    var room: Int {
        state.withLock { state in
            if state.health.isFailing { return .max }
            if let start = state.requestStart, .now - start > options.patience { return .max }
            return state.queue.room
        }
    }

    /// Adds alerts to those that wait; those that wait longest are lost if there is no room.
    func add(_ alerts: [OutgoingAlert]) {
        let dropped: Int? = state.withLock { state in
            guard state.isOpen else { return nil }
            let dropped = state.queue.add(alerts)
            state.figures.dropped += dropped
            guard dropped > 0, !state.isOverflowing else { return nil }
            state.isOverflowing = true
            return dropped
        }
        if let dropped {
            logger.warning(
                "the queue of alerts is full; the oldest are lost", metadata: ["lost": "\(dropped) and more"])
        }
        bell.yield()
    }

    // MARK: Sending

    private func run() async {
        for await _ in work { await sendAll() }
        await sendAll()
    }

    private func sendAll() async {
        while !Task.isCancelled, let (batch, way) = nextBatch() {
            var rest = batch
            while !rest.isEmpty, !Task.isCancelled {
                let body = AlertBody(taking: &rest, limit: options.batchBytes), count = body.count
                await send(body.finish(), count, way)
            }
            lose(rest.count)
        }
    }

    private func nextBatch() -> (ArraySlice<OutgoingAlert>, Way)? {
        state.withLock { state in
            guard state.queue.count > 0 else { return nil }
            let batch = state.queue.next(options.batchSize)
            if state.queue.count * 2 <= options.queueCapacity { state.isOverflowing = false }
            return (batch, state.way)
        }
    }

    private func lose(_ count: Int) { state.withLock { $0.figures.dropped += count } }

    private func send(_ body: ByteBuffer, _ count: Int, _ way: Way) async {
        let headers: HTTPHeaders = ["User-Agent": options.userAgent, "Content-Type": "application/json"]
        let start = ContinuousClock.now
        state.withLock { $0.requestStart = start }
        var reason: String?
        do throws(FetchError) {
            let answer = try await way.client.post(body, to: address.url, headers, timeout: way.timeout)
            if !answer.isSuccess { reason = "bad response status \(answer.status) \(answer.reason)" }
        } catch {
            reason = "\(error)"
        }
        let end = ContinuousClock.now
        // One that is cut off by the end of this peer says nothing of its health.
        if !Task.isCancelled, let change = state.withLock({ $0.health.take(count, reason: reason) }) {
            log(change, count)
        }
        state.withLock { [reason] state in
            state.requestStart = nil
            if reason == nil {
                state.figures.observe(count, seconds: (end - start) / .seconds(1), at: end)
            } else {
                state.figures.failed += count
                state.figures.dropped += count
            }
        }
    }

    private func log(_ change: PeerHealth.Change, _ count: Int) {
        switch change {
        case .hasFailed(let reason):
            logger.error(
                "alerts cannot be sent; those that still fire are sent again later",
                metadata: ["error": "\(reason)", "lost": "\(count)"])
        case .hasRecovered(let lost):
            logger.info("alerts can be sent again", metadata: ["lost": "\(lost)"])
        }
    }

    // MARK: Ending

    /// Takes no more alerts, sends those that wait unless `drains` is false, and returns when that is done, or when it
    /// has taken too long; what is left then is lost.
    func end(drains: Bool) async {
        let (task, undrained) = state.withLock { state in
            state.isOpen = false
            return (state.task, drains ? 0 : state.loseAll())
        }
        bell.finish()
        let limit = Task { [options] in
            try await Task.sleep(for: options.drainLimit)
            task?.cancel()
        }
        await task?.value
        limit.cancel()
        let left = undrained + state.withLock { $0.loseAll() }
        guard left > 0 else { return }
        let why = drains ? "they could not be sent in time" : "the queue is not drained"
        logger.warning("alerts that waited are lost: \(why)", metadata: ["lost": "\(left)"])
    }
}
