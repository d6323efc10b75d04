import KTSDBModel
import Testing

@Suite struct `A timestamp` {
    @Test func `is moved by durations`() {
        let start = Timestamp(milliseconds: 1000)
        #expect(start + .seconds(1) == Timestamp(milliseconds: 2000))
        #expect(start - .milliseconds(1500) == Timestamp(milliseconds: -500))
        #expect(start + .microseconds(999) == start)
        #expect(start - .microseconds(999) == start)
        #expect(start + .seconds(-2) == Timestamp(milliseconds: -1000))
    }

    @Test func `stops at the earliest and the latest`() {
        #expect(Timestamp.latest + .milliseconds(1) == .latest)
        #expect(Timestamp.earliest - .milliseconds(1) == .earliest)
        #expect(Timestamp.latest - .milliseconds(-1) == .latest)
        #expect(Timestamp.earliest + .milliseconds(-1) == .earliest)
        #expect(Timestamp(milliseconds: 0) + .seconds(Int64.max) == .latest)
        #expect(Timestamp(milliseconds: 0) - .seconds(Int64.max) == Timestamp(milliseconds: -.max))
        #expect(Timestamp(milliseconds: 0) - .seconds(Int64.min) == .latest)
        #expect(Timestamp.latest - .milliseconds(1) == Timestamp(milliseconds: .max - 1))
    }

    @Test func `is ordered and written by its milliseconds`() {
        #expect(Timestamp(milliseconds: -1) < Timestamp(milliseconds: 0))
        #expect(Timestamp.earliest < .latest)
        #expect(Timestamp(milliseconds: -42).description == "-42")
    }

    @Test func `of now is between two readings of the clock`() {
        let before = Timestamp.now
        let after = Timestamp.now
        #expect(before <= after)
        #expect(before > Timestamp(milliseconds: 1_700_000_000_000))
    }
}

@Suite struct `A duration in milliseconds` {
    @Test(
        arguments: [
            (Duration.zero, 0), (.seconds(1), 1000), (.milliseconds(-7), -7), (.microseconds(1999), 1),
            (.microseconds(-1999), -1),
            (.nanoseconds(999_999), 0), (.nanoseconds(-1), 0), (.seconds(-1.5), -1500), (.seconds(Int64.max), .max),
            (.seconds(Int64.min), .min), (.seconds(9_223_372_036_854_775) + .milliseconds(807), .max),
            (.seconds(9_223_372_036_854_775) + .milliseconds(808), .max),
            (.seconds(-9_223_372_036_854_775) - .milliseconds(808), .min),
            (.seconds(-9_223_372_036_854_775) - .milliseconds(809), .min),
        ] as [(Duration, Int64)])
    func `is cut towards zero and stops at the ends`(duration: Duration, expected: Int64) {
        #expect(duration.milliseconds == expected)
    }
}
