/// The English names of months and days, and the types that have them.
enum CalendarNames {
    /// Go's `time.Month`, from 1.
    static let monthType = GoNamedType("time.Month", .int) { GoString(month($0.asInt ?? 0)) }

    /// Go's `time.Weekday`, from 0 for Sunday.
    static let weekdayType = GoNamedType("time.Weekday", .int) { GoString(weekday($0.asInt ?? 0)) }

    static func month(_ number: Int) -> String { (1...12).contains(number) ? months[number - 1] : "%!Month(\(number))" }

    static func weekday(_ number: Int) -> String {
        weekdays.indices.contains(number) ? weekdays[number] : "%!Weekday(\(number))"
    }

    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]

    private static let weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
}
