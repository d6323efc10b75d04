internal import GoTemplate
package import KTSDBConfiguration
package import KTSDBNotify

extension StrictReading {
    /// Reads a list of time intervals.
    package mutating func timeIntervals(_ value: YAMLValue) throws(ConfigurationError) -> [TimeInterval] {
        var result: [TimeInterval] = []
        for element in list(value, "[]timeinterval.TimeInterval") ?? [] { result.append(try timeInterval(element)) }
        return result
    }

    private mutating func timeInterval(_ value: YAMLValue) throws(ConfigurationError) -> TimeInterval {
        var interval = TimeInterval()
        let goType = "timeinterval.TimeInterval"
        for (key, value, line) in mapping(value, goType) ?? [] {
            switch key {
            case "times": interval.times = try timeRanges(value)
            case "weekdays": interval.weekdays = try ranges(value, TimeInterval.weekdayRange)
            case "days_of_month": interval.daysOfMonth = try ranges(value, TimeInterval.dayOfMonthRange)
            case "months": interval.months = try ranges(value, TimeInterval.monthRange)
            case "years": interval.years = try ranges(value, TimeInterval.yearRange)
            case "location":
                guard let name = text(value) else { continue }
                do throws(LocationError) {
                    interval.location = try Location.load(name, read: readZone)
                } catch { throw value.refusal(error) }
            default: noteUnknown(key, line, goType)
            }
        }
        return interval
    }

    private mutating func ranges<Range>(
        _ value: YAMLValue, _ parse: (String) throws(TimeIntervalError) -> Range
    ) throws(ConfigurationError) -> [Range]? {
        guard let elements = list(value, "[]string") else { return nil }
        var result: [Range] = []
        for element in elements {
            guard let text = text(element) else { continue }
            do throws(TimeIntervalError) { result.append(try parse(text)) } catch { throw element.refusal(error) }
        }
        return result
    }

    private mutating func timeRanges(_ value: YAMLValue) throws(ConfigurationError) -> [Range<Int>]? {
        guard let elements = list(value, "[]timeinterval.TimeRange") else { return nil }
        var result: [Range<Int>] = []
        for element in elements { if let range = try timeRange(element) { result.append(range) } }
        return result
    }

    /// Reads a range of times of day; nil if it has collected problems.
    package mutating func timeRange(_ value: YAMLValue) throws(ConfigurationError) -> Range<Int>? {
        let before = problems.count
        var start = "", end = ""
        for (key, value, line) in mapping(value, "timeinterval.yamlTimeRange") ?? [] {
            switch key {
            case "start_time": start = text(value) ?? ""
            case "end_time": end = text(value) ?? ""
            default: noteUnknown(key, line, "timeinterval.yamlTimeRange")
            }
        }
        guard problems.count == before else { return nil }
        do throws(TimeIntervalError) { return try TimeInterval.timeRange(start: start, end: end) } catch {
            throw value.refusal(error)
        }
    }
}
