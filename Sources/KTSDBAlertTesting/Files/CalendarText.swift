import Foundation

/// A time as JSON has it.
struct CalendarText {
    let text: String

    init(seconds: Int64) {
        let formatter = ISO8601DateFormatter()
        text = String(formatter.string(from: Date(timeIntervalSince1970: Double(seconds))).dropLast())
    }
}
