package import KTSDBRules

/// Whether rules are evaluated as they should be.
package enum HeartbeatHealth {
    /// A group counts as late if it was last evaluated more than this many of its intervals, plus `grace`, ago.
    private static let intervals = 3
    /// The tolerance in addition to `intervals`.
    private static let grace = Duration.seconds(15)

    /// Returns what is wrong with a group's evaluation at `now`; empty if all is well. `started` is when the server
    /// started.
    package static func obstacles(
        _ group: RuleGroup, _ statistics: GroupStatistics, started: PreciseTime, at now: PreciseTime
    ) -> [String] {
        let patience = group.interval * intervals + grace
        guard let last = statistics.lastEvaluation else {
            return now - started > patience ? ["the group \(group.name) was not evaluated yet"] : []
        }
        guard now - last > patience else { return [] }
        return ["the group \(group.name) was evaluated last \((now - last).components.seconds) seconds ago"]
    }
}
