internal import KTSDBModel

extension WindowFunction {
    /// Writes the function's value at each step into `row`; absent where the window has too few samples. The parameters
    /// are the scalar arguments, in order.
    ///
    /// Throws only because the query was cancelled or took too long.
    func apply(
        _ input: borrowing WindowInput, parameters: [ScalarRow], _ scratch: inout WindowScratch,
        into row: inout MutableSpan<Double>
    ) throws(QueryError) {
        switch self {
        case .rate, .increase, .delta: try extrapolatedRate!.apply(input, &scratch, into: &row)
        case .irate, .idelta: applyInstant(input, into: &row)
        case .resets, .changes: applyCounting(input, &scratch, into: &row)
        case .count, .present, .first, .last, .timeOfFirst, .timeOfLast: applyPositional(input, into: &row)
        case .minimum, .maximum: applyExtreme(input, &scratch, into: &row)
        case .timeOfMinimum, .timeOfMaximum: try applyTimeOfExtreme(input, &scratch, into: &row)
        case .sum, .average: try applySums(input, &scratch, into: &row)
        case .variance, .standardDeviation: try applyVariance(input, &scratch, into: &row)
        case .quantile, .medianDeviation: try applyQuantile(input, parameters, &scratch, into: &row)
        case .deriv, .predictLinear: try applyRegression(input, parameters, &scratch, into: &row)
        case .doubleExponentialSmoothing: try applySmoothing(input, parameters, &scratch, into: &row)
        }
    }
}
