import KTSDBModel
import KTSDBTesting
import PrometheusWire
import Testing

@Suite struct `Parameters of the HTTP API` {
    @Test(
        arguments: [
            ("0", 0), ("1435781451.781", 1_435_781_451_781), ("1.0004", 1000), ("1.0006", 1001), ("-1.5", -1500),
            ("1e3", 1_000_000),
            ("1970-01-01T00:00:00Z", 0), ("2015-07-01T20:10:51.781Z", 1_435_781_451_781),
            ("2015-07-01T22:10:51.7819+02:00", 1_435_781_451_781), ("2015-06-30T23:59:59-01:00", 1_435_712_399_000),
            ("2024-02-29T12:00:00,5Z", 1_709_208_000_500), ("1969-12-31T23:59:59.999Z", -1),
            ("0001-01-01T00:00:00Z", -62_135_596_800_000),
            ("-292273086-05-16T16:47:06Z", -9_223_309_901_257_974_000),
            ("292277025-08-18T07:12:54.999999999Z", 9_223_309_901_257_974_999),
        ] as [(String, Int64)])
    func `a time is read`(text: String, milliseconds: Int64) throws {
        #expect(try APIParameter.time(text).milliseconds == milliseconds)
    }

    @Test(arguments: [
        "", "abc", "2015-07-01", "2015-07-01T20:10:51", "2015-02-29T00:00:00Z", "2015-13-01T00:00:00Z",
        "2015-07-01 20:10:51Z",
        "2015-07-01T24:00:00Z", "2015-07-01T20:10:51.Z", "2015-07-01T20:10:51Zx", "2015-07-01T20:10:51+0200", "NaN",
        "Inf", "1e300",
        "1_000",
    ])
    func `what is no time is refused`(text: String) {
        #expect(throws: ParameterError("cannot parse \"\(text)\" to a valid timestamp")) { try APIParameter.time(text) }
    }

    @Test(
        arguments: [
            ("15", 15_000), ("0.5", 500), ("1e1", 10_000), ("15s", 15_000), ("1m30s", 90_000), ("1h", 3_600_000),
            ("2d", 172_800_000),
            ("1w", 604_800_000), ("1y", 31_536_000_000), ("5ms", 5), ("1s5ms", 1005), ("0", 0), ("-3", -3000),
            ("0s", 0),
        ] as [(String, Int64)])
    func `a duration is read`(text: String, milliseconds: Int64) throws {
        #expect(try APIParameter.duration(text) == .milliseconds(milliseconds))
    }

    @Test(arguments: [
        "", "x", "1.5m", "1s1m", "1m1m", "m", "5", "1 m", "-1m", "99999999999999999999s", "300y", "1M", "NaN",
    ])
    func `what is no duration is refused`(text: String) {
        #expect(PrometheusDuration.parse(text) == nil)
        if text == "5" { return }
        #expect {
            try APIParameter.duration(text)
        } throws: { error in
            "\(error)".hasPrefix("cannot parse \"\(text)\" to a valid duration")
        }
    }

    @Test(arguments: ["1e10", "-1e300", "Inf"])
    func `a duration of over 292 years is refused`(text: String) {
        #expect(throws: ParameterError("cannot parse \"\(text)\" to a valid duration. It overflows int64")) {
            try APIParameter.duration(text)
        }
    }

    @Test(arguments: 0..<4 as Range<UInt64>)
    func `random times are written and read back`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<2000 {
            let time = Timestamp(
                milliseconds: Int64.random(in: -62_167_219_200_000...253_402_300_799_999, using: &random))
            #expect(RFC3339.parse(RFC3339.format(time)) == time)
        }
        #expect(RFC3339.format(Timestamp(milliseconds: 1_435_781_451_781)) == "2015-07-01T20:10:51.781Z")
        #expect(RFC3339.format(Timestamp(milliseconds: -1000)) == "1969-12-31T23:59:59Z")
    }
}
