package import KTSDBModel

/// The reason why a parameter of the HTTP API is invalid.
package struct ParameterError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The reason, in Prometheus' words.
    package var description: String

    /// Creates an error with this text.
    package init(_ description: String) { self.description = description }
}

/// Reads times and durations in requests to the HTTP API.
package enum APIParameter {
    /// Reads a time: seconds since 1970 with optional decimals, of which three count, or RFC 3339 such as
    /// `2026-01-02T15:04:05.678+01:00`. Milliseconds are rounded in the first form and truncated in the second.
    package static func time(_ text: String) throws(ParameterError) -> Timestamp {
        if let seconds = parseDouble(text) {
            let whole = seconds.rounded(.towardZero)
            if abs(whole) <= 9e15 {
                let fraction = ((seconds - whole) * 1000).rounded(.toNearestOrAwayFromZero)
                return Timestamp(milliseconds: Int64(whole) * 1000 + Int64(fraction))
            }
        } else if let time = RFC3339.parse(text) {
            return time
        } else if text == earliestText {
            return earliest
        } else if text == latestText {
            return latest
        }
        throw ParameterError("cannot parse \(goQuoted(text)) to a valid timestamp")
    }

    /// The ends of the range that clients send for "all time": beyond what a four-digit year can express.
    package static let earliest = Timestamp(milliseconds: (.min / 1000 + 62_135_596_801) * 1000)
    package static let latest = Timestamp(milliseconds: (.max / 1000 - 62_135_596_801) * 1000 + 999)
    private static let earliestText = "-292273086-05-16T16:47:06Z", latestText = "292277025-08-18T07:12:54.999999999Z"

    /// Reads a duration: seconds as a number, or PromQL notation such as `1h30m`.
    package static func duration(_ text: String) throws(ParameterError) -> Duration {
        if let seconds = parseDouble(text) {
            let nanoseconds = seconds * 1e9
            guard nanoseconds >= -9_223_372_036_854_775_808, nanoseconds < 9_223_372_036_854_775_808 else {
                throw ParameterError("cannot parse \(goQuoted(text)) to a valid duration. It overflows int64")
            }
            return .nanoseconds(Int64(nanoseconds))
        }
        guard let duration = PrometheusDuration.parse(text) else {
            throw ParameterError("cannot parse \(goQuoted(text)) to a valid duration")
        }
        return duration
    }
}
