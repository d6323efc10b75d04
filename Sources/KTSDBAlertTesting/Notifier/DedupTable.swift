import KTSDBNotify

/// `am_dedup.json`: whether a flush notifies, given what was notified before.
enum DedupTable {
    static let table = AlertTable("am_dedup.json") { row in
        let reason = NotificationReason.of(
            firing: hashes(row["firing"]), resolved: hashes(row["resolved"]), since: entry(row["entry"]),
            repeatInterval: .seconds(row["repeat_interval_s"]?.number ?? 0),
            sendsResolved: row["send_resolved"]?.flag == true, at: NotifierTable.now)
        try check(reason != nil, is: row["notify"]?.flag)
    }

    /// A case of `am_notify.json`: whether a log entry covers the alerts of now.
    static func checkCoverage(_ row: TableValue) throws {
        let logged = hashes(row["logged"]), now = hashes(row["now"])
        let entry = LogEntry(firing: logged, resolved: logged, time: .zero, expiresAt: .zero)
        let covers = row["kind"]?.text == "firing" ? entry.coversFiring(now) : entry.coversResolved(now)
        try check(covers, is: row["covered"]?.flag)
    }

    private static func hashes(_ value: TableValue?) -> [UInt64] { (value?.integers ?? []).map { UInt64($0) } }

    private static func entry(_ value: TableValue?) -> LogEntry? {
        guard let value else { return nil }
        return LogEntry(
            firing: hashes(value["firing"]), resolved: hashes(value["resolved"]),
            time: NotifierTable.time(value["written_s"]) ?? .zero, expiresAt: .zero)
    }
}
