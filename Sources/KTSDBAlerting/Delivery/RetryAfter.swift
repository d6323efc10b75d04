internal import KTSDBNotify

/// The header `Retry-After`: how long a receiver wants to be left alone.
enum RetryAfter {
    /// Longer times are cut to this.
    static let limit = Duration.seconds(3600)

    /// Returns the time from `now` that a header asks for, in seconds or as a date; nil if it is malformed or past.
    static func duration(_ text: String, at now: WallTime) -> Duration? {
        let text = text.filter { $0 != "\t" }.trimmingPrefix(while: { $0 == " " })
        if let seconds = Int64(text.prefix { $0 != " " }), seconds >= 0 {
            return min(.seconds(min(seconds, 86_400)), limit)
        }
        guard let date = date(text) else { return nil }
        let wait = date - now
        return wait > .zero ? min(wait, limit) : nil
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// `Wed, 21 Oct 2015 07:28:00 GMT`.
    private static func date(_ text: Substring) -> WallTime? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let month = months.firstIndex(of: String(parts[2])) else {
            return nil
        }
        let number = (month < 9 ? "0" : "") + String(month + 1), day = (parts[1].count == 1 ? "0" : "") + parts[1]
        return TimeText.parse("\(parts[3])-\(number)-\(day)T\(parts[4])Z")
    }
}
