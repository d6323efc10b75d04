import KTSDBModel
import KTSDBNotify

/// Cases of `am_notify.json` that merge two versions of an alert.
enum MergeCheck {
    static func check(_ row: TableValue) throws {
        let old = try alert(row["old"]), new = try alert(row["new"]), merged = try alert(row["merged"])
        try KTSDBAlertTesting.check(old.merged(with: new, at: NotifierTable.now), is: merged, "old with new")
        try KTSDBAlertTesting.check(new.merged(with: old, at: NotifierTable.now), is: merged, "new with old")
    }

    private static func alert(_ value: TableValue?) throws -> ReceivedAlert {
        let entry = try need(value)
        return ReceivedAlert(
            labels: ["a": "b"], startsAt: try need(NotifierTable.time(entry["starts_s"])),
            endsAt: NotifierTable.time(entry["ends_s"]),
            updatedAt: try need(NotifierTable.time(entry["updated_s"])),
            isTimeout: entry["timeout"]?.flag == true)
    }
}
