/// An element of a layout that is replaced by a part of the time.
enum LayoutPart: Equatable {
    case year, longYear, month, longMonth, weekday, longWeekday
    case monthNumber(width: Int)
    case day(width: Int)
    case blankDay, dayOfYear, blankDayOfYear
    case hour
    case hour12(width: Int)
    case minute(width: Int)
    case second(width: Int)
    /// `PM` and `pm`
    case upperNoon, lowerNoon
    /// `MST`
    case abbreviation
    case zone(ZoneForm)
    case fraction(FractionForm)
}

/// How an offset is written: `-0700`, `Z07:00:00`.
struct ZoneForm: Equatable {
    /// Universal time is `Z`.
    var hasZ = false
    var hasColon = false
    var hasMinutes = true
    var hasSeconds = false
}

/// How fractions of a second are written: `.000`, `,999`.
struct FractionForm: Equatable {
    /// The point or comma.
    var separator: UInt8
    var digits: Int
    /// Whether zeros at the end are left out.
    var isTrimmed: Bool
}
