/// A moment, and the zone in which it is shown: Go's `time.Time`.
public struct GoTime: Sendable {
    /// Seconds since 1970-01-01 in universal time.
    public let seconds: Int64
    /// 0 to 999,999,999
    public let nanoseconds: Int
    /// Where it is shown.
    public let zone: GoZone

    /// Makes a moment; nanoseconds beyond a second count as seconds.
    public init(seconds: Int64, nanoseconds: Int = 0, zone: GoZone = .utc) {
        let carry = Int64((nanoseconds >= 0 ? nanoseconds : nanoseconds - 999_999_999) / 1_000_000_000)
        self.seconds = seconds &+ carry
        self.nanoseconds = nanoseconds - Int(carry) * 1_000_000_000
        self.zone = zone
    }

    /// Makes a moment from milliseconds since 1970.
    public init(milliseconds: Int64, zone: GoZone = .utc) {
        let (quotient, remainder) = milliseconds.quotientAndRemainder(dividingBy: 1000)
        self.init(seconds: quotient, nanoseconds: Int(remainder) * 1_000_000, zone: zone)
    }

    /// The zero of the type: the first day of year 1.
    public static let zero = GoTime(seconds: -62_135_596_800)

    /// The same moment elsewhere.
    public func shown(in zone: GoZone) -> GoTime { GoTime(seconds: seconds, nanoseconds: nanoseconds, zone: zone) }

    /// The moment that many nanoseconds later.
    func adding(_ duration: Int64) -> GoTime {
        let (whole, rest) = duration.quotientAndRemainder(dividingBy: 1_000_000_000)
        return GoTime(seconds: seconds &+ whole, nanoseconds: nanoseconds + Int(rest), zone: zone)
    }

    /// The nanoseconds since `other`; the largest or smallest duration if they are too many.
    func since(_ other: GoTime) -> Int64 {
        let (whole, overflow) = seconds.subtractingReportingOverflow(other.seconds)
        let (scaled, overflow2) = whole.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, overflow3) = scaled.addingReportingOverflow(Int64(nanoseconds - other.nanoseconds))
        if overflow || overflow2 || overflow3 { return other < self ? .max : .min }
        return sum
    }

    // MARK: Calendar

    /// The offset of the zone at this moment.
    var offset: GoZone.Offset { zone.offset(seconds) }

    /// Seconds since 1970 by the zone's clock.
    private var localSeconds: Int { Int(seconds &+ Int64(offset.seconds)) }

    private var day: (days: Int, second: Int) {
        let (quotient, remainder) = localSeconds.quotientAndRemainder(dividingBy: 86_400)
        return remainder < 0 ? (quotient - 1, remainder + 86_400) : (quotient, remainder)
    }

    /// The date by the zone's calendar.
    var date: CivilDate { CivilDate(days: day.days) }

    /// The time of day by the zone's clock.
    var clock: (hour: Int, minute: Int, second: Int) {
        let second = day.second
        return (second / 3600, second / 60 % 60, second % 60)
    }

    /// 0 is Sunday.
    var weekday: Int { ((day.days + 4) % 7 + 7) % 7 }

    /// The moment with that date and clock in the zone; months and days beyond their ends count on.
    func replacing(year: Int, month: Int, day: Int) -> GoTime {
        let months = year * 12 + month - 1
        let whole = months >= 0 ? months / 12 : (months - 11) / 12
        let first = CivilDate(year: whole, month: months - whole * 12 + 1, day: 1).days
        let days = first + day - 1
        // At the ends of the range the result wraps around, as in Go.
        let local = Int64(days &* 86_400 &+ self.day.second)
        let guess = local &- Int64(offset.seconds)
        let moment = local &- Int64(zone.offset(guess).seconds)
        return GoTime(seconds: moment, nanoseconds: nanoseconds, zone: zone)
    }
}

extension GoTime: Comparable {
    /// Whether both are the same moment, wherever they are shown.
    public static func == (left: GoTime, right: GoTime) -> Bool {
        (left.seconds, left.nanoseconds) == (right.seconds, right.nanoseconds)
    }

    /// Whether the first is earlier.
    public static func < (left: GoTime, right: GoTime) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }
}
