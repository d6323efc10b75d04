/// Aligned spans of time; they begin at multiples of their length since the Unix epoch.
enum TimeWindow {
    /// The length of the windows that seals divide samples into, in milliseconds: a block of level 1 has samples of one
    /// window.
    static let blockMilliseconds: Int64 = 2 * 3_600_000

    /// Returns the number of the span of `length` milliseconds that `time` is in.
    static func number(of time: Int64, length: Int64) -> Int64 {
        let (quotient, remainder) = time.quotientAndRemainder(dividingBy: length)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
