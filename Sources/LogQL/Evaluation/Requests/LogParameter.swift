internal import KTSDBModel

/// Parameters of requests as clients write them, with Loki's messages for those that cannot be read.
public enum LogParameter {
    /// Returns the number of lines that `text` asks for.
    public static func limit(_ text: String) throws(LogQLError) -> Int {
        guard let limit = Int(text) else {
            throw LogQLError(.invalidQuery, "strconv.Atoi: parsing \(goQuoted(text)): invalid syntax")
        }
        guard limit >= 0 else { throw LogQLError(.invalidQuery, "limit must be a positive value") }
        return limit
    }

    /// Returns the direction; capitals do not matter.
    public static func direction(_ text: String) throws(LogQLError) -> LogDirection {
        guard let direction = LogDirection(rawValue: text.lowercased()) else {
            throw LogQLError(.invalidQuery, "invalid direction '\(text)'")
        }
        return direction
    }

    /// Returns the distance of points in nanoseconds, from seconds or a duration.
    public static func step(_ text: String) throws(LogQLError) -> Int64 {
        let step = try duration(text)
        guard step > 0 else {
            throw LogQLError(
                .invalidQuery,
                "zero or negative query resolution step widths are not accepted. Try a positive integer")
        }
        return step
    }

    /// Returns the least distance of lines in nanoseconds, from seconds or a duration.
    public static func interval(_ text: String) throws(LogQLError) -> Int64 {
        let interval = try duration(text)
        guard interval >= 0 else { throw LogQLError(.invalidQuery, "interval must be >= 0") }
        return interval
    }

    private static func duration(_ text: String) throws(LogQLError) -> Int64 {
        guard let duration = LogDuration.parse(text) else {
            throw LogQLError(.invalidQuery, "cannot parse \(goQuoted(text)) to a valid duration")
        }
        return duration
    }
}
