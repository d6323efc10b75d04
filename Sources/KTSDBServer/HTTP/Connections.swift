internal import NIOCore
internal import Synchronization

/// The open connections of a server.
package final class Connections: Sendable {
    /// An open connection, as other threads see it.
    final class Entry: Sendable {
        fileprivate let connection: NIOLoopBound<any ServedConnection>
        private let activity: Atomic<UInt64>

        init(_ connection: any ServedConnection, on loop: any EventLoop, _ activity: ConnectionActivity) {
            self.connection = NIOLoopBound(connection, eventLoop: loop)
            self.activity = Atomic(activity.packed)
        }

        /// The connection's activity. Set on its event loop.
        var now: ConnectionActivity {
            get { ConnectionActivity(packed: activity.load(ordering: .relaxed)) }
            set { activity.store(newValue.packed, ordering: .relaxed) }
        }

        /// Makes sure that the connection is no longer asked to make room.
        fileprivate func retire() { now = ConnectionActivity(.answering, since: .now()) }

        fileprivate func onEventLoop(_ body: @escaping @Sendable (any ServedConnection) -> Void) {
            connection.eventLoop.execute { [connection] in body(connection.value) }
        }
    }

    /// Why the server closed a connection.
    enum Reason: String, CaseIterable {
        /// No request arrived in time.
        case idle
        /// The TLS handshake failed, or the client's certificate was not accepted.
        case handshake
        /// A request did not arrive completely in time.
        case readTimeout = "read_timeout"
        /// The client did not read its answer.
        case writeTimeout = "write_timeout"
        /// Another client needed the connection's place.
        case room
    }

    private struct State {
        var entries: [ObjectIdentifier: Entry] = [:]
        var room = RoomLines()
        var closed: [Reason: Int] = [:]
        /// The callbacks to call when there is room, by the object that waits.
        var onRoom: [ObjectIdentifier: @Sendable () -> Void] = [:]
        var drained: [CheckedContinuation<Void, Never>] = []
        var isQuiescing = false
    }

    /// The limits of the connections.
    package let limits: ConnectionLimits
    /// Returns whether unread answers hold memory that other requests need.
    private let memoryIsShort: @Sendable () -> Bool
    private let state = Mutex(State())
    private let accepted = Atomic(0)
    private let ended = Atomic(0)
    private let refusals = Atomic(0)
    /// Announces that there are connections again.
    private let arrivals = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    package init(_ limits: ConnectionLimits, memoryIsShort: @escaping @Sendable () -> Bool = { false }) {
        self.limits = limits
        self.memoryIsShort = memoryIsShort
    }

    // MARK: Counting

    /// The number of connections that were accepted and have not been closed.
    package var openCount: Int { acceptedCount - closedCount }
    package var acceptedCount: Int { accepted.load(ordering: .relaxed) }
    package var closedCount: Int { ended.load(ordering: .relaxed) }
    /// How often accepting a connection failed, usually because the system had no file descriptor left.
    package var failedAccepts: Int { refusals.load(ordering: .relaxed) }
    /// How many connections the server closed, by reason.
    var closedByReason: [Reason: Int] { state.withLock { $0.closed } }

    func count(_ reason: Reason) { state.withLock { $0.closed[reason, default: 0] += 1 } }
    func countFailedAccept() { refusals.add(1, ordering: .relaxed) }

    // MARK: Opening and closing

    /// Counts a connection as open from now until it is closed.
    func accept(_ channel: any Channel) {
        accepted.add(1, ordering: .relaxed)
        channel.closeFuture.whenComplete { [self] _ in
            ended.add(1, ordering: .relaxed)
            announceRoom()
        }
    }

    func add(_ entry: Entry, of channel: any Channel) {
        let key = ObjectIdentifier(channel)
        let (isFirst, isQuiescing) = state.withLock { state in
            let isFirst = state.entries.isEmpty
            // The entry of a TLS handshake is replaced by that of the protocol after it.
            state.entries.updateValue(entry, forKey: key)?.retire()
            state.room.noteWaiting(entry, openCount: state.entries.count)
            return (isFirst, state.isQuiescing)
        }
        if isFirst { arrivals.continuation.yield() }
        if isQuiescing { entry.onEventLoop { $0.quiesce() } }
        channel.closeFuture.whenComplete { [self] _ in remove(key) }
    }

    private func remove(_ key: ObjectIdentifier) {
        let waiting = state.withLock { state in
            state.entries.removeValue(forKey: key)?.retire()
            guard state.entries.isEmpty, state.isQuiescing else { return [CheckedContinuation<Void, Never>]() }
            defer { state.drained = [] }
            return state.drained
        }
        for waiter in waiting { waiter.resume() }
    }

    // MARK: Room

    /// Whether another connection may be accepted: there is room, or room can be made.
    var mayAccept: Bool { openCount < limits.maximum || candidate(at: .now()) != nil }

    /// Whether the connection that was accepted last may be served: there is room for it, or room can be made.
    var mayServe: Bool { openCount <= limits.maximum || candidate(at: .now()) != nil }

    /// Closes as many connections as exceed the limit, except the one that has just arrived.
    func makeRoom(for newcomer: any Channel) {
        for _ in 0..<max(0, openCount - limits.maximum) { makeRoomForOne(except: ObjectIdentifier(newcomer)) }
    }

    /// Closes the connection that has waited longest, if any.
    func makeRoomForOne(except newcomer: ObjectIdentifier? = nil) {
        guard let entry = candidate(at: .now(), except: newcomer) else { return }
        // The connection no longer counts as waiting until it has checked for itself.
        entry.now = ConnectionActivity(.answering, since: .now())
        entry.onEventLoop { $0.makeRoom() }
    }

    /// Returns the connection that should make room first. All connections are searched only when no known waiting or
    /// slow one is left, and at most once between two sweeps if the search finds none.
    private func candidate(at now: NIODeadline, except newcomer: ObjectIdentifier? = nil) -> Entry? {
        let (known, all) = state.withLock { state -> (Entry?, [Entry]?) in
            let newcomer = newcomer.flatMap { state.entries[$0] }
            if let entry = state.room.first(except: newcomer) { return (entry, nil) }
            return (nil, state.room.beginSearch() ? Array(state.entries.values) : nil)
        }
        guard known == nil, let all else { return known }
        let found = limits.candidates(of: all.map(\.now), at: now)
        let first = state.withLock { state -> Entry? in
            state.room.endSearch(waiting: found.waiting.map { all[$0] }, slow: found.slow.map { all[$0] })
            return state.room.first(except: newcomer.flatMap { state.entries[$0] })
        }
        // Other threads may have found no candidate meanwhile.
        if first != nil { announceRoom() }
        return first
    }

    /// Calls `body` once, when a connection may be accepted again. A later call for the same `waiter` replaces an
    /// earlier one.
    func whenRoom(for waiter: AnyObject, _ body: @escaping @Sendable () -> Void) {
        let waiter = ObjectIdentifier(waiter)
        state.withLock { $0.onRoom[waiter] = body }
    }

    /// Notifies the waiters that there may be room now. `entry`, if it is given, now waits for a request and can make
    /// room.
    func announceRoom(_ entry: Entry? = nil) {
        let onRoom = state.withLock { state -> [@Sendable () -> Void] in
            if let entry { state.room.noteWaiting(entry, openCount: state.entries.count) }
            guard !state.onRoom.isEmpty else { return [] }
            defer { state.onRoom.removeAll() }
            return Array(state.onRoom.values)
        }
        for body in onRoom { body() }
    }

    // MARK: Time

    /// The current limits: when memory is short, a client has less time to read its answer, which holds memory that
    /// others need.
    private var currentLimits: ConnectionLimits {
        var limits = limits
        if memoryIsShort() { limits.writeTimeout = min(limits.writeTimeout, limits.patience) }
        return limits
    }

    /// Sweeps at the interval of the limits while there are connections, until the task is cancelled. Called once.
    func sweepRegularly() async {
        for await _ in arrivals.stream {
            repeat {
                guard (try? await Task.sleep(for: limits.interval)) != nil else { return }
                sweep()
            } while state.withLock { !$0.entries.isEmpty }
        }
    }

    /// Ends activities that have taken too long.
    func sweep(at now: NIODeadline = .now()) {
        let entries = state.withLock { state in
            state.room.sweep(isScarce: state.entries.count > self.limits.maximum / 2)
            return Array(state.entries.values)
        }
        let limits = currentLimits
        for entry in entries where limits.isOver(entry.now, at: now) { entry.onEventLoop { $0.endIfOver(limits) } }
        announceRoom()
    }

    // MARK: Stopping

    /// Closes each connection as soon as it has answered its current request.
    func quiesce() {
        let entries = state.withLock { state in
            state.isQuiescing = true
            return Array(state.entries.values)
        }
        for entry in entries { entry.onEventLoop { $0.quiesce() } }
    }

    func closeAll() {
        for entry in state.withLock({ Array($0.entries.values) }) { entry.onEventLoop { $0.close() } }
    }

    /// Waits until all connections are closed.
    func drained() async {
        await withCheckedContinuation { waiter in
            let isEmpty = state.withLock { state in
                if !state.entries.isEmpty { state.drained.append(waiter) }
                return state.entries.isEmpty
            }
            if isEmpty { waiter.resume() }
        }
    }
}
