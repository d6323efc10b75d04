internal import CLibrary

/// Times in the names of files, in UTC to the second: `20261130T104848Z`, as in the names of Prometheus' snapshots.
enum CompactTime {
    /// Returns the text of a time in milliseconds since the Unix epoch.
    static func text(milliseconds: Int64) -> String {
        let parts = SystemCall.calendar(Int(milliseconds / 1000))
        func digits(_ number: Int32, _ count: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, count - text.count)) + text
        }
        let date = digits(parts.year, 4) + digits(parts.month, 2) + digits(parts.day, 2)
        return "\(date)T" + digits(parts.hour, 2) + digits(parts.minute, 2) + digits(parts.second, 2) + "Z"
    }
}
