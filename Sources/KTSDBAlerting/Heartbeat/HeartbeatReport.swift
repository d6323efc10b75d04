package import KTSDBModel

/// The results of heartbeats that are sent, each target's since it was added to the settings or the server started.
package struct HeartbeatReport: Sendable {
    /// The results of the heartbeats to one target.
    package struct Figures: Hashable, Sendable {
        /// How many heartbeats arrived.
        package var sent = 0
        /// How many posts did not arrive.
        package var failed = 0
        /// How many heartbeats were due while something was wrong, and so were not sent.
        package var withheld = 0
        /// When the last heartbeat arrived.
        package var lastSent: Timestamp?
        /// Why the last post failed; nil if it succeeded.
        package var error: String?
    }

    /// A target with its figures.
    package struct Entry: Sendable {
        package var target: HeartbeatTarget
        package var figures: Figures
    }

    /// What was wrong when heartbeats were last due.
    package var obstacles: [String] = []
    /// The targets, in the order of the settings.
    package var entries: [Entry] = []

    package init() {}
}
