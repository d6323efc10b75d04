internal import GoTemplate
internal import KTSDBModel
internal import PromQL

/// Formats the times, durations and numbers of explanations.
package enum ExplanationText {
    /// `2026-11-29T16:20:15Z`, with milliseconds unless they are zero.
    package static func time(_ time: PreciseTime) -> String {
        let milliseconds = floorRemainder(time.timestamp.milliseconds, by: 1000)
        let seconds = time.wholeSeconds, day = floorDivide(seconds, by: 86_400)
        let rest = Int(seconds - day * 86_400), date = CivilDate(days: Int(day))
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let fraction = milliseconds == 0 ? "" : "." + String(String(1000 + milliseconds).dropFirst())
        return "\(date.year)-\(two(date.month))-\(two(date.day))T\(two(rest / 3600)):\(two(rest / 60 % 60)):"
            + "\(two(rest % 60))\(fraction)Z"
    }

    /// `1h30m`. A duration of a minute or more is truncated to seconds, a shorter one to milliseconds.
    package static func duration(_ duration: Duration) -> String {
        let milliseconds = duration.milliseconds
        return durationText(milliseconds: milliseconds >= 60_000 ? milliseconds / 1000 * 1000 : milliseconds)
    }

    /// The number as templates write it.
    package static func number(_ value: Double) -> String { GoFormat.text("%v", .float(value)) }
}
