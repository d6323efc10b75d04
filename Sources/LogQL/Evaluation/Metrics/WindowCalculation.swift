/// What a range aggregation computes of the samples of one series in one window, of which there is at least one.
struct WindowCalculation {
    private let operation: RangeAggregation.Operation
    private let parameter: Double
    private let isUnwrapped: Bool
    /// The length of the window.
    private let seconds: Double
    private var ordered: [Double] = []

    init(_ aggregation: RangeAggregation) {
        operation = aggregation.operation
        parameter = aggregation.parameter ?? .nan
        isUnwrapped = aggregation.unwrap != nil
        seconds = Double(aggregation.range) / 1e9
    }

    /// - Parameters:
    ///   - times: nanoseconds, ascending.
    ///   - values: as many.
    ///   - window: which of them.
    /// - Returns: the value.
    mutating func value(_ times: [Int64], _ values: [Double], _ window: Range<Int>) -> Double {
        switch operation {
        case .countOverTime: Double(window.count)
        case .rate: (isUnwrapped ? moments(values, window).sum : Double(window.count)) / seconds
        case .sumOverTime, .bytesOverTime: moments(values, window).sum
        case .bytesRate: moments(values, window).sum / seconds
        case .avgOverTime: moments(values, window).mean
        case .stdvarOverTime: moments(values, window).variance
        case .stddevOverTime: moments(values, window).variance.squareRoot()
        case .minOverTime: extreme(values, window, <)
        case .maxOverTime: extreme(values, window, >)
        case .firstOverTime: values[window.lowerBound]
        case .lastOverTime: values[window.upperBound - 1]
        case .quantileOverTime: quantile(values, window)
        case .rateCounter:
            CounterRate(seconds: seconds).value(times, values, window)
        case .absentOverTime: 1
        }
    }

    private func moments(_ values: [Double], _ window: Range<Int>) -> Moments {
        var moments = Moments()
        for index in window { moments.add(values[index]) }
        return moments
    }

    /// The first of the values that no other one precedes; what is not a number is passed over.
    private func extreme(
        _ values: [Double], _ window: Range<Int>, _ precedes: (Double, Double) -> Bool
    ) -> Double {
        var result = values[window.lowerBound]
        for index in window where precedes(values[index], result) || result.isNaN { result = values[index] }
        return result
    }

    /// Interpolates linearly between the two nearest ranks. What is not a number is less than all numbers.
    private mutating func quantile(_ values: [Double], _ window: Range<Int>) -> Double {
        if parameter.isNaN { return .nan }
        if parameter < 0 { return -.infinity }
        if parameter > 1 { return .infinity }
        ordered.removeAll(keepingCapacity: true)
        ordered.append(contentsOf: values[window])
        ordered.sort { $0.isNaN ? !$1.isNaN : $0 < $1 }
        let rank = parameter * Double(ordered.count - 1)
        let lower = Int(rank), upper = min(lower + 1, ordered.count - 1)
        let weight = rank - Double(lower)
        return ordered[lower] * (1 - weight) + ordered[upper] * weight
    }
}
