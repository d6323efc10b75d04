import KTSDBAlertingFiles
import KTSDBConfiguration
import KTSDBNotify
import Testing

@Suite struct TimeIntervalTableTests {
    private typealias Case = AlertingTable.Case

    /// `02 Jan 06 15:04 +0000`.
    private func time(_ text: String) throws -> WallTime {
        let parts = text.split(separator: " ")
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let month = try #require(months.firstIndex(of: String(parts[1]))) + 1
        let year = try #require(Int(parts[2])), day = try #require(Int(parts[0]))
        let clock = parts[3].split(separator: ":").compactMap { Int($0) }, zone = try #require(Int(parts[4]))
        let days = CivilTime.days(year: year < 69 ? 2000 + year : 1900 + year, month: month, day: day)
        let offset = zone / 100 * 3600 + zone % 100 * 60
        return WallTime(seconds: Int64(days * 86_400 + clock[0] * 3600 + clock[1] * 60 - offset))
    }

    /// A table's form of an interval is that of a file, but ranges of numbers are not checked.
    private func interval(_ entry: Case) throws -> TimeInterval {
        var interval = TimeInterval()
        func ranges(_ key: String) throws -> [ClosedRange<Int>]? {
            try (entry[key] as? [String])?.map { text in
                if let range = try? TimeInterval.weekdayRange(text), key == "weekdays" { return range }
                let bounds = text.split(separator: ":").compactMap { Int($0) }
                return try #require(bounds.first)...(try #require(bounds.last))
            }
        }
        interval.weekdays = try ranges("weekdays")
        interval.months = try ranges("months")
        interval.years = try ranges("years")
        interval.daysOfMonth = (entry["days_of_month"] as? [String])?.map { text in
            let bounds = text.split(separator: ":").compactMap { Int($0) }
            return TimeInterval.DayOfMonthRange(first: bounds[0], last: bounds[bounds.count - 1])
        }
        interval.times = try (entry["times"] as? [[String: String]])?.map {
            try TimeInterval.timeRange(start: $0["start_time"] ?? "", end: $0["end_time"] ?? "")
        }
        if let name = entry["location"] as? String {
            interval.location = try Location.load(name, read: AlertingTable.zone)
        }
        return interval
    }

    @Test func `time intervals are read and contain times as in Alertmanager`() throws {
        for entry in try AlertingTable.cases("am_time_intervals") {
            if let text = entry["time_range"] as? String {
                try checkRange(text, entry)
            } else if let named = entry["named_intervals"] as? [String: [Case]] {
                try checkNamed(named, entry)
            } else if let list = entry["interval"] as? [Case] {
                try check(try list.map { try interval($0) }, entry)
            } else {
                try checkFile(try #require(entry["yaml"] as? String), entry)
            }
        }
    }

    private func check(_ intervals: [TimeInterval], _ entry: Case) throws {
        for text in entry["contains"] as? [String] ?? [] {
            let time = try time(text)
            #expect(intervals.contains { $0.contains(time) }, "\(text) \(entry)")
        }
        for text in entry["excludes"] as? [String] ?? [] {
            let time = try time(text)
            #expect(!intervals.contains { $0.contains(time) }, "\(text) \(entry)")
        }
    }

    private func checkFile(_ text: String, _ entry: Case) throws {
        var reading = AlertingTable.reading()
        do {
            let value = try #require(try YAMLValue.document(text, file: "x"))
            let intervals = try reading.timeIntervals(value)
            try reading.finish("x")
            #expect(entry["valid"] as? Bool == true, "\(entry)")
            try check(intervals, entry)
            if let means = entry["means"] as? [Case] { #expect(intervals == (try means.map { try interval($0) })) }
        } catch let error as ConfigurationError {
            #expect(error.reason == entry["error"] as? String ?? error.reason, "\(entry)")
            #expect(entry["valid"] as? Bool == false, "\(entry)")
        }
    }

    private func checkRange(_ text: String, _ entry: Case) throws {
        var reading = AlertingTable.reading()
        let value = try #require(try YAMLValue.document(text, file: "x"))
        let range = try? reading.timeRange(value)
        if let minutes = entry["minutes"] as? [Int] {
            #expect(range == minutes[0]..<minutes[1], "\(entry)")
        } else {
            #expect(range == nil, "\(entry)")
        }
    }

    private func checkNamed(_ named: [String: [Case]], _ entry: Case) throws {
        let intervals = TimeIntervals(try named.mapValues { try $0.map { try interval($0) } })
        let now = try #require(entry["now"] as? [String: String])
        var time = try #require(TimeText.parse(now["time"]!) ?? TimeText.parse(now["time"]! + "Z"))
        if let zone = now["zone"] {
            let rules = try Location.load(zone, read: AlertingTable.zone).rules
            time = time - .seconds(rules.kind(at: time - .seconds(rules.kind(at: time).offset)).offset)
        }
        #expect(intervals.containing(time, of: named.keys.sorted()) == entry["muted_by"] as? [String] ?? [], "\(entry)")
    }

    @Test func `zones change their clocks when they do`() throws {
        func offset(_ zone: String, _ text: String) throws -> Int {
            try Location.load(zone, read: AlertingTable.zone).rules.kind(at: try time(text)).offset
        }
        #expect(try offset("Europe/Berlin", "28 Mar 21 00:59 +0000") == 3600)
        #expect(try offset("Europe/Berlin", "28 Mar 21 01:00 +0000") == 7200)
        // After the last change in the file: the rule for the future.
        #expect(try offset("Europe/Berlin", "30 Mar 60 01:00 +0000") == 7200)
        #expect(try offset("Europe/Berlin", "28 Mar 60 00:59 +0000") == 3600)
        #expect(try offset("Australia/Sydney", "01 Jan 60 00:00 +0000") == 11 * 3600)
        #expect(try offset("America/New_York", "01 Jul 65 00:00 +0000") == -4 * 3600)
        #expect(try offset("Asia/Seoul", "01 Jan 26 00:00 +0000") == 9 * 3600)
        #expect(throws: TimeIntervalError("unknown time zone No/Where")) {
            try offset("No/Where", "01 Jan 26 00:00 +0000")
        }
        #expect(throws: TimeIntervalError("time: invalid location name")) {
            try offset("../../etc/passwd", "01 Jan 26 00:00 +0000")
        }
    }

    @Test func `a damaged zone file gives an error and never a trap`() throws {
        let whole = try #require(AlertingTable.zone("Europe/Berlin"))
        for count in 0..<whole.count { _ = try? ZoneFile.parse(Array(whole[..<count])) }
        for index in 0..<min(whole.count, 600) {
            for value in [0, 0x7f, 0xff] as [UInt8] {
                var bytes = whole
                bytes[index] = value
                guard let rules = try? ZoneFile.parse(bytes) else { continue }
                _ = rules.kind(at: WallTime(seconds: 1 << 40))
                _ = rules.kind(at: WallTime(seconds: -(1 << 40)))
            }
        }
    }
}
