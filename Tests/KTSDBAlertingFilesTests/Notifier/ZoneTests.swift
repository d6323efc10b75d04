import GoTemplate
import KTSDBAlertTesting
import KTSDBConfiguration
import KTSDBNotify
import Testing

@Suite struct ZoneTests {
    @Test func `zones change their clocks when they do`() throws {
        func offset(_ zone: String, _ text: String) throws -> Int {
            try Location.load(zone, read: TemplateValues.zone).rules.kind(at: TimeIntervalTable.time(text)).offset
        }
        #expect(try offset("Europe/Berlin", "28 Mar 21 00:59 +0000") == 3600)
        #expect(try offset("Europe/Berlin", "28 Mar 21 01:00 +0000") == 7200)
        // After the last change in the file: the rule for the future.
        #expect(try offset("Europe/Berlin", "30 Mar 60 01:00 +0000") == 7200)
        #expect(try offset("Europe/Berlin", "28 Mar 60 00:59 +0000") == 3600)
        #expect(try offset("Australia/Sydney", "01 Jan 60 00:00 +0000") == 11 * 3600)
        #expect(try offset("America/New_York", "01 Jul 65 00:00 +0000") == -4 * 3600)
        #expect(try offset("Asia/Seoul", "01 Jan 26 00:00 +0000") == 9 * 3600)
        #expect(throws: LocationError("unknown time zone No/Where")) {
            try offset("No/Where", "01 Jan 26 00:00 +0000")
        }
        #expect(throws: LocationError("time: invalid location name")) {
            try offset("../../etc/passwd", "01 Jan 26 00:00 +0000")
        }
    }

    @Test func `the zone Local is that of the machine, or UTC`() throws {
        let seoul = try #require(TemplateValues.zone("Asia/Seoul"))
        #expect(TimeZoneFile.local("Asia/Seoul") == seoul && TimeZoneFile.local(":Asia/Seoul") == seoul)
        #expect(TimeZoneFile.local("/usr/share/zoneinfo/Asia/Seoul") == seoul)
        for name in ["", ":", "Local", "No/Where", "../../etc/passwd"] { #expect(TimeZoneFile.local(name) == nil) }
        let time = try TimeIntervalTable.time("01 Jan 26 00:00 +0000")
        #expect(try Location.load("Local") { _ in seoul }.rules.kind(at: time).offset == 9 * 3600)
        #expect(try Location.load("Local") { _ in nil }.rules.kind(at: time).offset == 0)
    }

    @Test func `a damaged zone file gives an error and never a trap`() throws {
        let whole = try #require(TemplateValues.zone("Europe/Berlin"))
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
