internal import KTSDBModel
internal import Synchronization

/// Formats times as HTTP does: `Sun, 06 Nov 1994 08:49:37 GMT`.
package enum HTTPDate {
    private static let last = Mutex<(seconds: Int64, text: String)>((.min, ""))

    /// The current time, formatted at most once a second.
    static var now: String {
        let seconds = Timestamp.now.milliseconds / 1000
        return last.withLock { last in
            if last.seconds != seconds { last = (seconds, format(seconds)) }
            return last.text
        }
    }

    /// Formats the time that is `seconds` after the beginning of 1970.
    package static func format(_ seconds: Int64) -> String {
        let (days, second) = (seconds.quotient(86_400), seconds.modulo(86_400))
        // Howard Hinnant's algorithm from days to a date: years begin in March, so that the leap day is the last.
        let shifted = days + 719_468
        let era = shifted.quotient(146_097), day = shifted.modulo(146_097)
        let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365
        let dayOfYear = day - (365 * year + year / 4 - year / 100)
        let month = (5 * dayOfYear + 2) / 153
        let civilMonth = month < 10 ? month + 3 : month - 9
        let civilYear = year + era * 400 + (civilMonth <= 2 ? 1 : 0)
        let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][Int(days.modulo(7))]
        let name = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ][Int(civilMonth) - 1]
        let time = [second / 3600, second / 60 % 60, second % 60].map(twoDigits).joined(separator: ":")
        return "\(weekday), \(twoDigits(dayOfYear - (153 * month + 2) / 5 + 1)) \(name) \(civilYear) \(time) GMT"
    }

    private static func twoDigits(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
}

extension Int64 {
    /// Division that rounds down.
    fileprivate func quotient(_ divisor: Int64) -> Int64 { (self - modulo(divisor)) / divisor }
    fileprivate func modulo(_ divisor: Int64) -> Int64 { ((self % divisor) + divisor) % divisor }
}
