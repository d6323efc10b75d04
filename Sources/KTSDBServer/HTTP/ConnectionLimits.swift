package import NIOCore

/// The limits of what clients can take up with the server's connections.
package struct ConnectionLimits: Sendable {
    /// How many connections may be open; more wait until others are closed.
    package var maximum = 512
    /// How long a request may take to arrive, body included, and how long a connection may wait for the next one.
    package var readTimeout: Duration = .seconds(300)
    /// How long a client may take to make room for 32 KiB more of its answer.
    package var writeTimeout: Duration = .seconds(30)
    /// How long the client has to read an answer that was sent before its request had arrived completely.
    package var lingering: Duration = .seconds(1)
    /// How long a request may take to arrive, or a client may leave its answer unread, before its connection may be
    /// closed to make room for others.
    package var patience: Duration = .seconds(5)

    package init() {}

    /// Returns whether the connection's activity must end at `now`.
    package func isOver(_ activity: ConnectionActivity, at now: NIODeadline) -> Bool {
        let limit: Duration
        switch activity.kind {
        case .waiting, .reading: limit = readTimeout
        case .stalled: limit = min(writeTimeout, readTimeout)
        case .closing: limit = lingering
        case .answering: return false
        }
        return activity.duration(until: now) >= limit
    }

    /// Returns whether the connection may be closed at `now` when another client needs it.
    package func mayMakeRoom(_ activity: ConnectionActivity, at now: NIODeadline) -> Bool {
        switch activity.kind {
        case .waiting, .closing: true
        case .reading, .stalled: activity.duration(until: now) >= patience
        case .answering: false
        }
    }

    /// Returns the index of the activity that makes room first: the connection that has waited longest for a request,
    /// or otherwise a slow one.
    package func first(of activities: some Sequence<ConnectionActivity>, at now: NIODeadline) -> Int? {
        let candidates = activities.enumerated().filter { mayMakeRoom($0.element, at: now) }
        return candidates.min { $0.element.order < $1.element.order }?.offset
    }

    /// The interval at which connections are checked.
    package var interval: Duration {
        max(.milliseconds(20), min(readTimeout, writeTimeout, lingering, patience, .seconds(2)) / 4)
    }
}

/// The activity of a connection, and since when it lasts.
package struct ConnectionActivity: Hashable, Sendable {
    package enum Kind: UInt64, Sendable {
        /// Waiting for the first byte of a request.
        case waiting
        /// A request has arrived in part.
        case reading
        /// A request has arrived, or enough of it, and is being answered.
        case answering
        /// The client does not read its answer.
        case stalled
        /// No request will be read any more.
        case closing
    }

    package var kind: Kind
    package var since: NIODeadline

    package init(_ kind: Kind, since: NIODeadline) {
        self.kind = kind
        self.since = since
    }

    /// Unpacks an activity from one word: milliseconds, and the kind in the lowest three bits.
    package init(packed: UInt64) {
        kind = Kind(rawValue: packed & 7) ?? .waiting
        since = .uptimeNanoseconds((packed >> 3) * 1_000_000)
    }

    package var packed: UInt64 { ((since.uptimeNanoseconds / 1_000_000) << 3) | kind.rawValue }

    func duration(until now: NIODeadline) -> Duration { .nanoseconds((now - since).nanoseconds) }

    fileprivate var order: (Int, UInt64) {
        switch kind {
        case .waiting, .closing: (0, since.uptimeNanoseconds)
        case .stalled, .reading, .answering: (1, since.uptimeNanoseconds)
        }
    }
}
