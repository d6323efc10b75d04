extension CallPlan {
    /// Whether the function's value depends on the time of the step even if its arguments do not.
    static func dependsOnEvaluationTime(_ name: String) -> Bool {
        switch name {
        case "time", "timestamp", "predict_linear", "start", "end", "range", "step": true
        default: CalendarFunction(rawValue: name) != nil
        }
    }
}

extension CallPlan.Function {
    /// The function that PromQL calls `name`; nil if there is none.
    init?(name: String) {
        if let function = WindowFunction(rawValue: name) {
            self = .overWindow(function)
        } else if let function = ElementFunction(rawValue: name) {
            self = .element(function)
        } else if let function = CalendarFunction(rawValue: name) {
            self = .calendar(function)
        } else {
            switch name {
            case "absent": self = .absent
            case "absent_over_time": self = .absentOverTime
            case "scalar": self = .scalar
            case "vector": self = .vector
            case "time": self = .time
            case "pi": self = .pi
            case "max_of": self = .maxOf
            case "min_of": self = .minOf
            case "timestamp": self = .timestamp
            case "sort": self = .sort(descending: false)
            case "sort_desc": self = .sort(descending: true)
            case "sort_by_label": self = .sortByLabel(descending: false)
            case "sort_by_label_desc": self = .sortByLabel(descending: true)
            case "label_replace": self = .labelReplace
            case "label_join": self = .labelJoin
            case "info": self = .info
            case "histogram_quantile": self = .histogramQuantile
            case "histogram_quantiles": self = .histogramQuantiles
            case "histogram_fraction": self = .histogramFraction
            case "start_timestamp": self = .startTimestamp
            default:
                guard let function = HistogramFunction(rawValue: name) else { return nil }
                self = .histogramElement(function)
            }
        }
    }
}

/// Functions from the samples of a window to one value.
enum WindowFunction: String, Sendable, CaseIterable {
    case rate, increase, delta, irate, idelta, resets, changes, deriv
    case predictLinear = "predict_linear"
    case average = "avg_over_time", sum = "sum_over_time", minimum = "min_over_time", maximum = "max_over_time"
    case count = "count_over_time", present = "present_over_time", first = "first_over_time", last = "last_over_time"
    case standardDeviation = "stddev_over_time", variance = "stdvar_over_time", quantile = "quantile_over_time"
    case medianDeviation = "mad_over_time", doubleExponentialSmoothing = "double_exponential_smoothing"
    case timeOfFirst = "ts_of_first_over_time", timeOfLast = "ts_of_last_over_time"
    case timeOfMinimum = "ts_of_min_over_time", timeOfMaximum = "ts_of_max_over_time"

    /// Whether the series keeps its metric name: these two act like `offset`.
    var keepsName: Bool { self == .first || self == .last }
}

/// Functions from one value to one value, with up to two scalars besides.
enum ElementFunction: String, Sendable, CaseIterable {
    case abs, ceil, floor, sqrt, exp, ln, log2, log10, sgn, sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, asinh
    case acosh, atanh, deg, rad, round, clamp
    case clampMinimum = "clamp_min", clampMaximum = "clamp_max"
}

/// Functions from a native histogram to one value.
enum HistogramFunction: String, Sendable, CaseIterable {
    case count = "histogram_count", sum = "histogram_sum", average = "histogram_avg"
    case standardDeviation = "histogram_stddev", variance = "histogram_stdvar"
}

/// Functions from a time to a number, all in UTC.
enum CalendarFunction: String, Sendable, CaseIterable {
    case minute, hour, month, year
    case dayOfWeek = "day_of_week", dayOfMonth = "day_of_month", dayOfYear = "day_of_year"
    case daysInMonth = "days_in_month"
}
