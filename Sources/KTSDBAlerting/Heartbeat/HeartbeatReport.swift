package import KTSDBModel

/// What became of the heartbeats that are sent, since the server started or since a target is in the settings.
package struct HeartbeatReport: Sendable {
    /// What became of the heartbeats to one target.
    package struct Figures: Hashable, Sendable {
        /// How many arrived.
        package var sent = 0
        /// How many posts did not arrive.
        package var failed = 0
        /// How many were due while something was wrong, and so were not sent.
        package var withheld = 0
        /// When the last one arrived.
        package var lastSent: Timestamp?
        /// Why the last post did not arrive; nil if it did.
        package var error: String?
    }

    /// One target.
    package struct Entry: Sendable {
        package var target: HeartbeatTarget
        package var figures: Figures
    }

    /// What was wrong when heartbeats were due last.
    package var obstacles: [String] = []
    /// The targets, in the order of the settings.
    package var entries: [Entry] = []

    package init() {}
}
