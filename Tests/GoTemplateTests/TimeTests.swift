import GoTemplate
import Testing

/// Times beyond what the golden templates have: zones that the host provides, and dates far away.
@Suite struct `Times` {
    /// Central European time with the rules of the European Union.
    static let berlin = GoZone(name: "Europe/Berlin") { seconds in
        // 2024-03-31 01:00 and 2024-10-27 01:00 in universal time.
        (1_711_846_800..<1_729_990_800).contains(seconds) ? ("CEST", 7200) : ("CET", 3600)
    }

    @Test func `are shown in zones of the host`() throws {
        let template = try Template.parse(name: "t", text: "{{.t.In .z}} {{(.t.In .z).Location}} {{.t}}")
        let winter = GoTime(seconds: 1_711_846_799)
        let summer = GoTime(seconds: 1_711_846_800)
        #expect(
            try template.execute(["t": .object(winter), "z": .object(Self.berlin)])
                == "2024-03-31 01:59:59 +0100 CET Europe/Berlin 2024-03-31 00:59:59 +0000 UTC")
        #expect(
            try template.execute(["t": .object(summer), "z": .object(Self.berlin)])
                == "2024-03-31 03:00:00 +0200 CEST Europe/Berlin 2024-03-31 01:00:00 +0000 UTC")
    }

    @Test func `keep their clock when days are added`() throws {
        let template = try Template.parse(name: "t", text: "{{.AddDate 0 0 1}} {{.Add 86400000000000}}")
        let time = GoTime(seconds: 1_711_800_000, zone: Self.berlin)
        #expect(try template.execute(.object(time)) == "2024-03-31 13:00:00 +0200 CEST 2024-03-31 14:00:00 +0200 CEST")
    }

    @Test(arguments: [
        (0, "1970-01-01 00:00:00 +0000 UTC Thursday 1"), (-1, "1969-12-31 23:59:59 +0000 UTC Wednesday 365"),
        (951_782_400, "2000-02-29 00:00:00 +0000 UTC Tuesday 60"),
        (-62_135_596_800, "0001-01-01 00:00:00 +0000 UTC Monday 1"),
        (-62_167_219_201, "-0001-12-31 23:59:59 +0000 UTC Friday 365"),
        (253_402_300_800, "10000-01-01 00:00:00 +0000 UTC Saturday 1"),
    ])
    func `have the calendar of Go`(seconds: Int64, text: String) throws {
        let template = try Template.parse(name: "t", text: "{{.}} {{.Weekday}} {{.YearDay}}")
        #expect(try template.execute(.object(GoTime(seconds: seconds))).description == text)
    }

    @Test func `have milliseconds and nanoseconds before 1970, too`() {
        let time = GoTime(milliseconds: -1)
        #expect(time.seconds == -1)
        #expect(time.nanoseconds == 999_000_000)
        #expect(GoTime(seconds: 1, nanoseconds: -1) == GoTime(seconds: 0, nanoseconds: 999_999_999))
        #expect(GoTime(seconds: 0, nanoseconds: 2_000_000_001) == GoTime(seconds: 2, nanoseconds: 1))
    }

    @Test(arguments: [
        (Int64.min, "-2562047h47m16.854775808s"), (.max, "2562047h47m16.854775807s"), (1, "1ns"), (1100, "1.1µs"),
        (2_200_000, "2.2ms"), (3_300_000_000, "3.3s"), (60_000_000_000, "1m0s"),
        (3_599_999_999_999, "59m59.999999999s"),
        (-3_600_000_000_000, "-1h0m0s"), (0, "0s"),
    ])
    func `differ by durations`(nanoseconds: Int64, text: String) { #expect(GoDuration.text(nanoseconds) == text) }
}
