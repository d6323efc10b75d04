import KTSDBNotify
import Testing

@Suite struct DedupTableTests {
    private typealias Case = AlertingTable.Case

    private func hashes(_ value: Any?) -> [UInt64] { (value as? [Int] ?? []).map { UInt64($0) } }

    private func entry(_ value: Any?) -> LogEntry? {
        guard let value = value as? Case else { return nil }
        return LogEntry(
            firing: hashes(value["firing"]), resolved: hashes(value["resolved"]),
            time: AlertingTable.time(value["written_s"]) ?? .zero, expiresAt: .zero)
    }

    @Test func `an integration is notified when Alertmanager would`() throws {
        for row in try AlertingTable.cases("am_dedup") {
            let reason = NotificationReason.of(
                firing: hashes(row["firing"]), resolved: hashes(row["resolved"]), since: entry(row["entry"]),
                repeatInterval: .seconds(AlertingTable.seconds(row["repeat_interval_s"]) ?? 0),
                sendsResolved: row["send_resolved"] as? Bool == true, at: AlertingTable.now)
            #expect((reason != nil) == row["notify"] as? Bool, "\(row)")
        }
    }

    @Test func `a log entry covers what Alertmanager says`() throws {
        for row in try AlertingTable.cases("am_notify") where row["what"] as? String == "log entry covers" {
            let logged = hashes(row["logged"]), now = hashes(row["now"])
            let entry = LogEntry(firing: logged, resolved: logged, time: .zero, expiresAt: .zero)
            let covers = row["kind"] as? String == "firing" ? entry.coversFiring(now) : entry.coversResolved(now)
            #expect(covers == row["covered"] as? Bool, "\(row)")
        }
    }
}
