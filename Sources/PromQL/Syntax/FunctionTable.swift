/// All functions of PromQL, one row for each.
///
/// A row is all that anything but the kernel knows of a function: the parser reads its parameters, the planner whether
/// the value depends on the time, the estimate its bound, the evaluator what computes it, and documentation its
/// meaning. A new function is a row here, a case in ``QueryFunction/Evaluation``, and the kernel that the compiler then
/// asks for.
package enum FunctionTable {
    /// By name.
    package static let all: [QueryFunction] =
        (windows + elements + calendar + histograms + vectors + scalars).sorted { $0.name < $1.name }

    private static let byName: [String: QueryFunction] = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    /// The function called `name`, in lower case as it is written; nil if it does not exist.
    static subscript(name: String) -> QueryFunction? { byName[name] }

    // MARK: The samples of windows

    private static let windows: [QueryFunction] = [
        QueryFunction(
            "rate", [.matrix], .vector(.overWindow(.rate)),
            "The increase per second of a counter, extrapolated to the ends of the window."
        )
        .taking([.floats, .histograms, .startTimes])
        .with(ends: .anchored, .smoothed).ofCounters(),
        QueryFunction(
            "increase", [.matrix], .vector(.overWindow(.increase)),
            "The increase of a counter, extrapolated to the ends of the window."
        )
        .taking([.floats, .histograms, .startTimes])
        .with(ends: .anchored, .smoothed).ofCounters(),
        QueryFunction(
            "delta", [.matrix], .vector(.overWindow(.delta)),
            "The difference between the ends of the window of a gauge, extrapolated."
        )
        .taking([.floats, .histograms]).with(ends: .anchored, .smoothed),
        QueryFunction(
            "irate", [.matrix], .vector(.overWindow(.irate)),
            "The increase per second between the last two samples of a counter."
        )
        .taking([.floats, .histograms, .startTimes]),
        QueryFunction(
            "idelta", [.matrix], .vector(.overWindow(.idelta)),
            "The difference between the last two samples."
        )
        .taking([.floats, .histograms]),
        QueryFunction(
            "resets", [.matrix], .vector(.overWindow(.resets)),
            "How often a counter was reset."
        )
        .taking([.floats, .histograms, .startTimes]).with(ends: .anchored),
        QueryFunction(
            "changes", [.matrix], .vector(.overWindow(.changes)),
            "How often the value changed."
        )
        .taking([.floats, .histograms]).with(ends: .anchored),
        QueryFunction(
            "deriv", [.matrix], .vector(.overWindow(.deriv)),
            "The slope per second of a straight line through the samples (least squares)."),
        QueryFunction(
            "predict_linear", [.matrix, .scalar("t")], .vector(.overWindow(.predictLinear)),
            "The value t seconds after the step on a straight line through the samples (least squares)."
        )
        .dependingOnTime(.always),
        QueryFunction(
            "avg_over_time", [.matrix], .vector(.overWindow(.average)),
            "The mean of the samples."
        )
        .taking([.floats, .histograms]),
        QueryFunction(
            "sum_over_time", [.matrix], .vector(.overWindow(.sum)),
            "The sum of the samples."
        )
        .taking([.floats, .histograms]),
        QueryFunction(
            "min_over_time", [.matrix], .vector(.overWindow(.minimum)),
            "The smallest sample."),
        QueryFunction(
            "max_over_time", [.matrix], .vector(.overWindow(.maximum)),
            "The largest sample."),
        QueryFunction(
            "count_over_time", [.matrix], .vector(.overWindow(.count)),
            "The number of samples."
        )
        .taking([.floats, .histograms]),
        QueryFunction(
            "present_over_time", [.matrix], .vector(.overWindow(.present)),
            "1 if the window has a sample."
        )
        .taking([.floats, .histograms]),
        QueryFunction(
            "first_over_time", [.matrix], .vector(.overWindow(.first)),
            "The oldest sample; the metric name is kept."
        )
        .taking([.floats, .histograms]).keepingName(),
        QueryFunction(
            "last_over_time", [.matrix], .vector(.overWindow(.last)),
            "The newest sample; the metric name is kept."
        )
        .taking([.floats, .histograms]).keepingName(),
        QueryFunction(
            "stddev_over_time", [.matrix], .vector(.overWindow(.standardDeviation)),
            "The population standard deviation of the samples."),
        QueryFunction(
            "stdvar_over_time", [.matrix], .vector(.overWindow(.variance)),
            "The population variance of the samples."),
        QueryFunction(
            "quantile_over_time", [.scalar("φ"), .matrix], .vector(.overWindow(.quantile)),
            "The φ-quantile of the samples, 0 ≤ φ ≤ 1."),
        QueryFunction(
            "mad_over_time", [.matrix], .vector(.overWindow(.medianDeviation)),
            "The median absolute deviation of the samples."
        )
        .experimental(),
        QueryFunction(
            "double_exponential_smoothing", [.matrix, .scalar("sf"), .scalar("tf")],
            .vector(.overWindow(.doubleExponentialSmoothing)),
            "The samples smoothed by the Holt method; both factors are above 0 and below 1."
        )
        .experimental(),
        QueryFunction(
            "ts_of_first_over_time", [.matrix], .vector(.overWindow(.timeOfFirst)),
            "The time of the oldest sample, in seconds since 1970."
        )
        .taking([.floats, .histograms]).experimental(),
        QueryFunction(
            "ts_of_last_over_time", [.matrix], .vector(.overWindow(.timeOfLast)),
            "The time of the newest sample, in seconds since 1970."
        )
        .taking([.floats, .histograms]).experimental(),
        QueryFunction(
            "ts_of_min_over_time", [.matrix], .vector(.overWindow(.timeOfMinimum)),
            "The time of the last of the smallest samples, in seconds since 1970."
        )
        .experimental(),
        QueryFunction(
            "ts_of_max_over_time", [.matrix], .vector(.overWindow(.timeOfMaximum)),
            "The time of the last of the largest samples, in seconds since 1970."
        )
        .experimental(),
    ]

    // MARK: Values, one by one

    private static let elements: [QueryFunction] = [
        QueryFunction(
            "abs", [.vector], .vector(.elementWise(.abs)),
            "The absolute value."),
        QueryFunction(
            "ceil", [.vector], .vector(.elementWise(.ceil)),
            "Rounded up to a whole number."),
        QueryFunction(
            "floor", [.vector], .vector(.elementWise(.floor)),
            "Rounded down to a whole number."),
        QueryFunction(
            "sqrt", [.vector], .vector(.elementWise(.sqrt)),
            "The square root."),
        QueryFunction(
            "exp", [.vector], .vector(.elementWise(.exp)),
            "e to the power of the value."),
        QueryFunction(
            "ln", [.vector], .vector(.elementWise(.ln)),
            "The natural logarithm."),
        QueryFunction(
            "log2", [.vector], .vector(.elementWise(.log2)),
            "The binary logarithm."),
        QueryFunction(
            "log10", [.vector], .vector(.elementWise(.log10)),
            "The decimal logarithm."),
        QueryFunction(
            "sgn", [.vector], .vector(.elementWise(.sgn)),
            "-1, 0 or 1, as the sign of the value."),
        QueryFunction(
            "sin", [.vector], .vector(.elementWise(.sin)),
            "The sine of an angle in radians."),
        QueryFunction(
            "cos", [.vector], .vector(.elementWise(.cos)),
            "The cosine of an angle in radians."),
        QueryFunction(
            "tan", [.vector], .vector(.elementWise(.tan)),
            "The tangent of an angle in radians."),
        QueryFunction(
            "asin", [.vector], .vector(.elementWise(.asin)),
            "The arcsine, in radians."),
        QueryFunction(
            "acos", [.vector], .vector(.elementWise(.acos)),
            "The arccosine, in radians."),
        QueryFunction(
            "atan", [.vector], .vector(.elementWise(.atan)),
            "The arctangent, in radians."),
        QueryFunction(
            "sinh", [.vector], .vector(.elementWise(.sinh)),
            "The hyperbolic sine."),
        QueryFunction(
            "cosh", [.vector], .vector(.elementWise(.cosh)),
            "The hyperbolic cosine."),
        QueryFunction(
            "tanh", [.vector], .vector(.elementWise(.tanh)),
            "The hyperbolic tangent."),
        QueryFunction(
            "asinh", [.vector], .vector(.elementWise(.asinh)),
            "The inverse hyperbolic sine."),
        QueryFunction(
            "acosh", [.vector], .vector(.elementWise(.acosh)),
            "The inverse hyperbolic cosine."),
        QueryFunction(
            "atanh", [.vector], .vector(.elementWise(.atanh)),
            "The inverse hyperbolic tangent."),
        QueryFunction(
            "deg", [.vector], .vector(.elementWise(.deg)),
            "Radians in degrees."),
        QueryFunction(
            "rad", [.vector], .vector(.elementWise(.rad)),
            "Degrees in radians."),
        QueryFunction(
            "round", [.vector, .optional(.scalar("to_nearest"))], .vector(.elementWise(.round)),
            "Rounded to the nearest multiple of to_nearest, or to a whole number; ties go up."),
        QueryFunction(
            "clamp", [.vector, .scalar("min"), .scalar("max")], .vector(.elementWise(.clamp)),
            "The value, kept between min and max; no result if min is above max."),
        QueryFunction(
            "clamp_min", [.vector, .scalar("min")], .vector(.elementWise(.clampMinimum)),
            "The value, or min if that is larger."),
        QueryFunction(
            "clamp_max", [.vector, .scalar("max")], .vector(.elementWise(.clampMaximum)),
            "The value, or max if that is smaller."),
    ]

    // MARK: Times

    private static let calendar: [QueryFunction] = [
        QueryFunction(
            "minute", [.optional(.vector)], .vector(.calendar(.minute)),
            "The minute of the hour, 0 to 59, of times in seconds since 1970 or of the step; UTC."
        )
        .dependingOnTime(.always),
        QueryFunction(
            "hour", [.optional(.vector)], .vector(.calendar(.hour)),
            "The hour of the day, 0 to 23, of times in seconds since 1970 or of the step; UTC."
        )
        .dependingOnTime(.always),
        QueryFunction(
            "month", [.optional(.vector)], .vector(.calendar(.month)),
            "The month of the year, 1 to 12, of times in seconds since 1970 or of the step; UTC."
        )
        .dependingOnTime(.always),
        QueryFunction(
            "year", [.optional(.vector)], .vector(.calendar(.year)),
            "The year, of times in seconds since 1970 or of the step; UTC."
        )
        .dependingOnTime(.always),
        QueryFunction(
            "day_of_week", [.optional(.vector)], .vector(.calendar(.dayOfWeek)),
            "The day of the week, 0 (Sunday) to 6, of times in seconds since 1970 or of the step; UTC."
        )
        .dependingOnTime(.always),
        QueryFunction(
            "day_of_month", [.optional(.vector)], .vector(.calendar(.dayOfMonth)),
            "The day of the month, 1 to 31, of times in seconds since 1970 or of the step; UTC."
        )
        .dependingOnTime(.always),
        QueryFunction(
            "day_of_year", [.optional(.vector)], .vector(.calendar(.dayOfYear)),
            "The day of the year, 1 to 366, of times in seconds since 1970 or of the step; UTC."
        )
        .dependingOnTime(.always),
        QueryFunction(
            "days_in_month", [.optional(.vector)], .vector(.calendar(.daysInMonth)),
            "The number of days in the month, 28 to 31, of times in seconds since 1970 or of the step; UTC."
        )
        .dependingOnTime(.always),
    ]

    // MARK: Histograms

    private static let histograms: [QueryFunction] = [
        QueryFunction(
            "histogram_count", [.vector], .vector(.histogram(.count)),
            "The number of observations of a native histogram."
        )
        .taking([.histograms]).buckets(.unused),
        QueryFunction(
            "histogram_sum", [.vector], .vector(.histogram(.sum)),
            "The sum of the observations of a native histogram."
        )
        .taking([.histograms]).buckets(.unused),
        QueryFunction(
            "histogram_avg", [.vector], .vector(.histogram(.average)),
            "The mean of the observations of a native histogram."
        )
        .taking([.histograms]).buckets(.unused),
        QueryFunction(
            "histogram_stddev", [.vector], .vector(.histogram(.standardDeviation)),
            "The estimated standard deviation of the observations of a native histogram."
        )
        .taking([.histograms]),
        QueryFunction(
            "histogram_stdvar", [.vector], .vector(.histogram(.variance)),
            "The estimated variance of the observations of a native histogram."
        )
        .taking([.histograms]),
        QueryFunction(
            "histogram_quantile", [.scalar("φ"), .vector], .vector(.histogramQuantile),
            "The estimated φ-quantile of classic or native histograms."
        )
        .taking([.floats, .histograms]).buckets(.needed),
        QueryFunction(
            "histogram_quantiles", [.vector, .string("label"), .scalar("φ"), .repeated(.scalar("φ"), atMost: 9)],
            .vector(.histogramQuantiles),
            "Several estimated quantiles of histograms, each with φ in the label."
        )
        .taking([.floats, .histograms]).buckets(.needed).experimental(),
        QueryFunction(
            "histogram_fraction", [.scalar("lower"), .scalar("upper"), .vector], .vector(.histogramFraction),
            "The estimated fraction of observations between lower and upper."
        )
        .taking([.floats, .histograms]).buckets(.needed),
    ]

    // MARK: Vectors and labels

    private static let vectors: [QueryFunction] = [
        QueryFunction(
            "absent", [.vector], .vector(.absent),
            "1, with the labels that the selector requires, where the vector is empty."
        )
        .taking([.floats, .histograms]),
        QueryFunction(
            "absent_over_time", [.matrix], .vector(.absentOverTime),
            "1, with the labels that the selector requires, where no window has a sample."
        )
        .taking([.floats, .histograms]),
        QueryFunction(
            "timestamp", [.vector], .vector(.timestamp),
            "The time of the sample of a selector, in seconds since 1970; else the time of the step."
        )
        .taking([.floats, .histograms]).dependingOnTime(.exceptForSelectors),
        QueryFunction(
            "start_timestamp", [.vector], .vector(.startTimestamp),
            "The time at which the counting of each sample of a selector began, in seconds since 1970."
        )
        .taking([.floats, .histograms, .startTimes]).experimental(),
        QueryFunction(
            "sort", [.vector], .vector(.sort(descending: false)),
            "The vector in ascending order of its values (instant queries only)."
        )
        .orderingResult(),
        QueryFunction(
            "sort_desc", [.vector], .vector(.sort(descending: true)),
            "The vector in descending order of its values (instant queries only)."
        )
        .orderingResult(),
        QueryFunction(
            "sort_by_label", [.vector, .repeated(.string("label"))], .vector(.sortByLabel(descending: false)),
            "The vector in ascending natural order of the labels (instant queries only)."
        )
        .taking([.floats, .histograms]).orderingResult().experimental(),
        QueryFunction(
            "sort_by_label_desc", [.vector, .repeated(.string("label"))], .vector(.sortByLabel(descending: true)),
            "The vector in descending natural order of the labels (instant queries only)."
        )
        .taking([.floats, .histograms]).orderingResult().experimental(),
        QueryFunction(
            "label_replace", [.vector, .string("dst"), .string("replacement"), .string("src"), .string("regex")],
            .vector(.labelReplace),
            "Sets the label dst to the replacement where regex matches the whole label src."
        )
        .taking([.floats, .histograms]),
        QueryFunction(
            "label_join", [.vector, .string("dst"), .string("separator"), .repeated(.string("src"))],
            .vector(.labelJoin),
            "Sets the label dst to the labels src, joined by the separator."
        )
        .taking([.floats, .histograms]),
        QueryFunction(
            "info", [.vector, .optional(.labelSelector("labels"))], .vector(.info),
            "Adds the labels of matching info metrics, by default those of target_info."
        )
        .taking([.floats, .histograms]).bounded(by: .unknown).experimental(),
        QueryFunction(
            "vector", [.scalar("s")], .vector(.vector),
            "A vector of one series without labels, with the scalar as its value."
        )
        .taking([]),
    ]

    // MARK: Scalars

    private static let scalars: [QueryFunction] = [
        QueryFunction(
            "scalar", [.vector], .scalar(.scalar),
            "The value of the only series of the vector, else NaN."),
        QueryFunction(
            "time", [], .scalar(.time),
            "The time of the step, in seconds since 1970."
        )
        .taking([]).dependingOnTime(.always),
        QueryFunction(
            "pi", [], .scalar(.pi),
            "π."
        )
        .taking([]),
        QueryFunction(
            "max_of", [.scalar("a"), .scalar("b")], .scalar(.maximum),
            "The larger of two scalars."
        )
        .taking([]).experimental(),
        QueryFunction(
            "min_of", [.scalar("a"), .scalar("b")], .scalar(.minimum),
            "The smaller of two scalars."
        )
        .taking([]).experimental(),
        QueryFunction(
            "start", [], .constant(.start),
            "The start of the query, in seconds since 1970."
        )
        .taking([]).experimental(),
        QueryFunction(
            "end", [], .constant(.end),
            "The end of the query, in seconds since 1970."
        )
        .taking([]).experimental(),
        QueryFunction(
            "range", [], .constant(.range),
            "The time from the start to the end of the query, in seconds."
        )
        .taking([]).experimental(),
        QueryFunction(
            "step", [], .constant(.step),
            "The step of the query, in seconds; 0 in an instant query."
        )
        .taking([]).experimental(),
    ]
}
