import GoTemplate
import KTSDBAlertingFiles
import KTSDBConfiguration
package import KTSDBNotify

/// `am_time_intervals.json`: how time intervals are read, and which times are in them.
package enum TimeIntervalTable {
    static let table = AlertTable("am_time_intervals.json") { entry in
        if let text = entry["time_range"]?.text {
            try checkRange(text, entry)
        } else if let named = entry["named_intervals"] {
            try checkNamed(named, entry)
        } else if let list = entry["interval"]?.array {
            try checkTimes(try list.map(interval), entry)
        } else {
            try checkFile(try need(entry["yaml"]?.text), entry)
        }
    }

    /// `02 Jan 06 15:04 +0000`.
    package static func time(_ text: String) throws -> WallTime {
        let parts = text.split(separator: " ")
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let month = try need(months.firstIndex(of: String(parts[1]))) + 1
        let year = try need(Int(parts[2])), day = try need(Int(parts[0]))
        let clock = parts[3].split(separator: ":").compactMap { Int($0) }, zone = try need(Int(parts[4]))
        let days = CivilDate(year: year < 69 ? 2000 + year : 1900 + year, month: month, day: day).days
        let offset = zone / 100 * 3600 + zone % 100 * 60
        return WallTime(seconds: Int64(days * 86_400 + clock[0] * 3600 + clock[1] * 60 - offset))
    }

    /// A table's form of an interval is that of a file, but ranges of numbers are not checked.
    private static func interval(_ entry: TableValue) throws -> TimeInterval {
        func ranges(_ key: String) throws -> [ClosedRange<Int>]? {
            try entry[key]?.texts?.map { text in
                if let range = try? TimeInterval.weekdayRange(text), key == "weekdays" { return range }
                let bounds = text.split(separator: ":").compactMap { Int($0) }
                return try need(bounds.first)...(try need(bounds.last))
            }
        }
        var interval = TimeInterval()
        interval.weekdays = try ranges("weekdays")
        interval.months = try ranges("months")
        interval.years = try ranges("years")
        interval.daysOfMonth = entry["days_of_month"]?.texts?.map { text in
            let bounds = text.split(separator: ":").compactMap { Int($0) }
            return TimeInterval.DayOfMonthRange(first: bounds[0], last: bounds[bounds.count - 1])
        }
        interval.times = try entry["times"]?.array?.map {
            try TimeInterval.timeRange(start: $0["start_time"]?.text ?? "", end: $0["end_time"]?.text ?? "")
        }
        if let name = entry["location"]?.text {
            interval.location = try Location.load(name, read: TemplateValues.zone)
        }
        return interval
    }

    private static func checkTimes(_ intervals: [TimeInterval], _ entry: TableValue) throws {
        for (key, isInside) in [("contains", true), ("excludes", false)] {
            for text in entry[key]?.texts ?? [] {
                let time = try time(text)
                try check(intervals.contains { $0.contains(time) }, is: isInside, "whether \(text) is inside")
            }
        }
    }

    private static func checkFile(_ text: String, _ entry: TableValue) throws {
        let isValid = entry["valid"]?.flag == true
        let intervals: [TimeInterval]
        do {
            intervals = try read(text)
        } catch let error as ConfigurationError {
            try check(!isValid, "no error", got: error.reason)
            return try check(error.reason, is: entry["error"]?.text ?? error.reason)
        }
        try check(isValid, entry["error"]?.text ?? "an error", got: intervals)
        try checkTimes(intervals, entry)
        if let means = entry["means"]?.array { try check(intervals, is: try means.map(interval)) }
    }

    private static func read(_ text: String) throws -> [TimeInterval] {
        var reading = FileTable.reading()
        let intervals = try reading.timeIntervals(try need(try YAMLValue.document(text, file: "x")))
        try reading.finish("x")
        return intervals
    }

    private static func checkRange(_ text: String, _ entry: TableValue) throws {
        var reading = FileTable.reading()
        let range = try? reading.timeRange(try need(try YAMLValue.document(text, file: "x")))
        try check(range, is: entry["minutes"]?.integers.map { $0[0]..<$0[1] })
    }

    private static func checkNamed(_ named: TableValue, _ entry: TableValue) throws {
        let intervals = TimeIntervals(try named.members.mapValues { try $0.list.map(interval) })
        let now = try need(entry["now"]), text = try need(now["time"]?.text)
        var time = try need(TimeText.parse(text) ?? TimeText.parse(text + "Z"))
        if let zone = now["zone"]?.text {
            let rules = try Location.load(zone, read: TemplateValues.zone).rules
            time = time - .seconds(rules.kind(at: time - .seconds(rules.kind(at: time).offset)).offset)
        }
        let muted = intervals.containing(time, of: named.members.keys.sorted())
        try check(muted, is: entry["muted_by"]?.texts ?? [])
    }
}
