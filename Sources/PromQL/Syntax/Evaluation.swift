extension QueryFunction {
    /// What computes a function: each case is dispatched by a switch without a default, so that a row without an
    /// evaluator does not compile.
    enum Evaluation: Sendable {
        case vector(VectorFunction)
        case scalar(ScalarFunction)
        /// Known as soon as the query is planned.
        case constant(QueryConstant)

        var returnType: ValueType {
            switch self {
            case .vector: .vector
            case .scalar, .constant: .scalar
            }
        }
    }
}

/// Functions that return an instant vector.
enum VectorFunction: Sendable {
    /// A range vector to one value per step: `rate(x[5m])`.
    case overWindow(WindowFunction)
    /// A value to a value: `abs(x)`, `clamp(x, 0, 1)`.
    case elementWise(ElementWiseFunction)
    /// A time to a number: `hour(x)`, `hour()`.
    case calendar(CalendarFunction)
    /// A histogram to a value: `histogram_sum(x)`.
    case histogram(HistogramFunction)
    case absent, absentOverTime
    case vector
    case timestamp, startTimestamp
    case sort(descending: Bool), sortByLabel(descending: Bool)
    case labelReplace, labelJoin, info
    case histogramQuantile, histogramQuantiles, histogramFraction
}

/// Functions that return one number per step.
enum ScalarFunction: Sendable {
    case scalar, time, pi, maximum, minimum
}

/// Numbers that the request of a query gives, all in seconds.
enum QueryConstant: Sendable {
    case start, end, range, step
}

/// Functions from the samples of a window to one value.
enum WindowFunction: Sendable, CaseIterable {
    case rate, increase, delta, irate, idelta, resets, changes, deriv, predictLinear
    case average, sum, minimum, maximum, count, present, first, last
    case standardDeviation, variance, quantile, medianDeviation, doubleExponentialSmoothing
    case timeOfFirst, timeOfLast, timeOfMinimum, timeOfMaximum
}

/// Functions from one value to one value, with up to two scalars as well.
enum ElementWiseFunction: Sendable, CaseIterable {
    case abs, ceil, floor, sqrt, exp, ln, log2, log10, sgn, sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, asinh
    case acosh, atanh, deg, rad, round, clamp, clampMinimum, clampMaximum
}

/// Functions from a native histogram to one value.
enum HistogramFunction: Sendable, CaseIterable {
    case count, sum, average, standardDeviation, variance
}

/// Functions from a time to a number, all in UTC.
enum CalendarFunction: Sendable, CaseIterable {
    case minute, hour, month, year, dayOfWeek, dayOfMonth, dayOfYear, daysInMonth
}
