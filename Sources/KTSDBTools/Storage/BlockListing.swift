internal import KTSDBEngine
internal import KTSDBModel
package import PrometheusWire

/// The blocks of a database as a table, or as JSON.
package enum BlockListing {
    /// Returns the table. Times are milliseconds, sizes bytes; if `isHuman`, they are written for people.
    package static func text(_ stored: StoredView, isHuman: Bool) -> String {
        var lines = ["BLOCK\tLEVEL\tMIN TIME\tMAX TIME\tDURATION\tNUM SAMPLES\tNUM SERIES\tDELETIONS\tSIZE"]
        for block in stored.follower.blockList {
            let span = block.maxTime.milliseconds &- block.minTime.milliseconds
            lines.append(
                [
                    name(block.number), "\(block.level)", time(block.minTime, isHuman), time(block.maxTime, isHuman),
                    HumanText.duration(milliseconds: span), "\(block.samples)", "\(block.series)",
                    "\(block.deletions)", isHuman ? HumanText.bytes(block.byteCount) : "\(block.byteCount)",
                ].joined(separator: "\t"))
        }
        return AlignedTable.align(lines.joined(separator: "\n")) + "\n"
    }

    /// Returns the list as JSON.
    package static func json(_ stored: StoredView) -> JSONTree {
        .array(
            stored.follower.blockList.map { block in
                .members([
                    ("block", .string(name(block.number))), ("level", .integer(block.level)),
                    ("minTime", .integer(block.minTime.milliseconds)),
                    ("maxTime", .integer(block.maxTime.milliseconds)), ("samples", .integer(block.samples)),
                    ("series", .integer(block.series)), ("deletions", .integer(block.deletions)),
                    ("bytes", .integer(block.byteCount)),
                ])
            })
    }

    private static func name(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    private static func time(_ time: Timestamp, _ isHuman: Bool) -> String {
        isHuman ? RFC3339.format(time) : "\(time.milliseconds)"
    }
}
