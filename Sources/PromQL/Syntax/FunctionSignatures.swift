extension FunctionSignature {
    /// The function called `name` (lower case, as written), or nil when there is none.
    public static func named(_ name: String) -> FunctionSignature? { byName[name] }

    /// All functions of the language, experimental ones included, by name.
    public static let all: [FunctionSignature] = byName.values.sorted { $0.name < $1.name }

    private static let byName: [String: FunctionSignature] = Dictionary(
        uniqueKeysWithValues: (stable + experimental).map { ($0.name, $0) })

    private static let stable: [FunctionSignature] =
        family(
            """
            abs absent acos acosh asin asinh atan atanh ceil cos cosh deg exp floor histogram_avg histogram_count
            histogram_stddev histogram_stdvar histogram_sum ln log10 log2 rad sgn sin sinh sort sort_desc sqrt tan tanh
            timestamp
            """, [.vector])
        + family(
            """
            absent_over_time avg_over_time changes count_over_time delta deriv first_over_time idelta increase irate
            last_over_time max_over_time min_over_time present_over_time rate resets stddev_over_time stdvar_over_time
            sum_over_time
            """, [.matrix])
        // Without an argument these are about the evaluation time.
        + family(
            "day_of_month day_of_week day_of_year days_in_month hour minute month year", [.vector], variadic: 1)
        + family("clamp", [.vector, .scalar, .scalar])
        + family("clamp_max clamp_min", [.vector, .scalar])
        + family("round", [.vector, .scalar], variadic: 1)
        + family("histogram_fraction", [.scalar, .scalar, .vector])
        + family("histogram_quantile", [.scalar, .vector])
        + family("label_replace", [.vector, .string, .string, .string, .string])
        + family("label_join", [.vector, .string, .string, .string], variadic: -1)
        + family("predict_linear", [.matrix, .scalar])
        + family("quantile_over_time", [.scalar, .matrix])
        + family("vector", [.scalar])
        + family("scalar", [.vector], returning: .scalar)
        + family("pi time", [], returning: .scalar)

    private static let experimental: [FunctionSignature] =
        (family(
            "mad_over_time ts_of_first_over_time ts_of_last_over_time ts_of_max_over_time ts_of_min_over_time",
            [.matrix])
        + family("double_exponential_smoothing", [.matrix, .scalar, .scalar])
        + family("sort_by_label sort_by_label_desc", [.vector, .string], variadic: -1)
        + family("info", [.vector, .vector], variadic: 1)
        + family("histogram_quantiles", [.vector, .string, .scalar, .scalar], variadic: 9)
        + family("max_of min_of", [.scalar, .scalar], returning: .scalar)
        + family("start_timestamp", [.vector])
        + family("end range start step", [], returning: .scalar)).map {
            var signature = $0
            signature.isExperimental = true
            return signature
        }

    /// Functions that differ in nothing but their names, which stand in `names` between blanks.
    private static func family(
        _ names: String, _ types: [ValueType], variadic: Int = 0, returning type: ValueType = .vector
    ) -> [FunctionSignature] {
        names.split { $0 == " " || $0 == "\n" }.map {
            FunctionSignature(name: String($0), argumentTypes: types, variadic: variadic, returnType: type)
        }
    }
}
