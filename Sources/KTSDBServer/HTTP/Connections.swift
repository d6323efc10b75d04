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

        /// Makes sure that nobody asks the connection for room any more.
        fileprivate func retire() { now = ConnectionActivity(.answering, since: .now()) }

        fileprivate func onEventLoop(_ body: @escaping @Sendable (any ServedConnection) -> Void) {
            connection.eventLoop.execute { [connection] in body(connection.value) }
        }
    }

    /// The reason why the server closed a connection.
    enum Reason: String, CaseIterable {
        /// No request arrived in time.
        case idle
        /// The client did not agree on TLS, or its certificate was not accepted.
        case handshake
        /// A request did not arrive completely in time.
        case readTimeout = "read_timeout"
        /// The client did not read its answer.
        case writeTimeout = "write_timeout"
        /// Another client needed it.
        case room
    }

    private struct State {
        var entries: [ObjectIdentifier: Entry] = [:]
        var room = RoomLines()
        var closed: [Reason: Int] = [:]
        /// Who waits for room, by the place that waits.
        var onRoom: [ObjectIdentifier: @Sendable () -> Void] = [:]
        var drained: [CheckedContinuation<Void, Never>] = []
        var isQuiescing = false
    }

    /// The limits of the connections.
    package let limits: ConnectionLimits
    /// Returns whether answers that clients do not read hold memory that others need.
    private let memoryIsShort: @Sendable () -> Bool
    private let state = Mutex(State())
    private let accepted = Atomic(0)
    private let ended = Atomic(0)
    private let refusals = Atomic(0)

    package init(_ limits: ConnectionLimits, memoryIsShort: @escaping @Sendable () -> Bool = { false }) {
        self.limits = limits
        self.memoryIsShort = memoryIsShort
    }

    // MARK: Counting

    /// Connections that were accepted and are not closed yet.
    package var openCount: Int { acceptedCount - closedCount }
    package var acceptedCount: Int { accepted.load(ordering: .relaxed) }
    package var closedCount: Int { ended.load(ordering: .relaxed) }
    /// How often the system had no descriptor for a connection.
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
        let isQuiescing = state.withLock { state in
            // One that ends with a handshake is followed by one that speaks the protocol.
            state.entries.updateValue(entry, forKey: key)?.retire()
            state.room.noteWaiting(entry, openCount: state.entries.count)
            return state.isQuiescing
        }
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

    /// Returns the connection that makes room first. All of them are looked at only when those that are known to wait
    /// or to be slow have gone, and once between two sweeps if that finds none.
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
        // Others may have found nobody meanwhile.
        if first != nil { announceRoom() }
        return first
    }

    /// Calls `body` once, when a connection may be accepted again; the last call for a `waiter` counts.
    func whenRoom(for waiter: AnyObject, _ body: @escaping @Sendable () -> Void) {
        let waiter = ObjectIdentifier(waiter)
        state.withLock { $0.onRoom[waiter] = body }
    }

    /// Notifies those who wait, if any, that there may be room now: because `entry` waits for a request, if it is
    /// given.
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

    /// The limits as they are now: when memory is short, a client has less time to read its answer, which holds memory
    /// that others need.
    private var currentLimits: ConnectionLimits {
        var limits = limits
        if memoryIsShort() { limits.writeTimeout = min(limits.writeTimeout, limits.patience) }
        return limits
    }

    /// Ends whatever has taken too long.
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
