package import NIOCore

/// Limits on how long, and how many, connections clients can occupy.
package struct ConnectionLimits: Sendable {
    /// The most open connections; further clients wait until others are closed.
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

    /// Returns whether the activity has lasted too long at `now`, so that it must end.
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

    /// Returns the indices of the activities whose connections may make room: those that wait for a request, and slow
    /// ones. In each list, those that have lasted longest come first.
    package func candidates(
        of activities: [ConnectionActivity], at now: NIODeadline
    ) -> (waiting: [Int], slow: [Int]) {
        var waiting: [Int] = [], slow: [Int] = []
        for (index, activity) in activities.enumerated() where mayMakeRoom(activity, at: now) {
            if activity.isSlow { slow.append(index) } else { waiting.append(index) }
        }
        waiting.sort { activities[$0].since < activities[$1].since }
        slow.sort { activities[$0].since < activities[$1].since }
        return (waiting, slow)
    }

    /// The interval at which connections are checked.
    package var interval: Duration {
        max(.milliseconds(20), min(readTimeout, writeTimeout, lingering, patience, .seconds(2)) / 4)
    }
}

/// The activity of a connection, and when it began.
package struct ConnectionActivity: Hashable, Sendable {
    package enum Kind: UInt64, Sendable {
        /// Waiting for the first byte of a request.
        case waiting
        /// A request has arrived in part.
        case reading
        /// A request has arrived, or enough of it, and is being answered.
        case answering
        /// The client is not reading its answer.
        case stalled
        /// No more requests will be read.
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

    /// Whether the connection counts as slow, rather than as waiting, if it may make room.
    fileprivate var isSlow: Bool {
        switch kind {
        case .waiting, .closing: false
        case .stalled, .reading, .answering: true
        }
    }
}
