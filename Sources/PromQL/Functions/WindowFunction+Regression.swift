internal import KTSDBModel

extension WindowFunction {
    /// `deriv`, `predict_linear`: a line through the samples of the window by least squares.
    func applyRegression(
        _ input: borrowing WindowInput, _ parameters: [ScalarRow], _ scratch: inout WindowScratch,
        into row: inout MutableSpan<Double>
    ) throws(QueryError) {
        try input.forEachWindow(atLeast: 2, &scratch, into: &row) { input, step, window, _ in
            // `deriv` counts time from the first sample: large numbers of seconds would cost digits.
            let origin = self == .deriv ? input.times[window.lowerBound] : input.grid.time(step)
            let line = Self.line(input.times.extracting(window), input.values.extracting(window), origin: origin)
            return point(self == .deriv ? line.slope : line.slope * parameters[0][step] + line.intercept)
        }
    }

    /// Slope per second, and the value at `origin`. At least one sample.
    static func line(
        _ times: Span<Int64>, _ values: Span<Double>, origin: Int64
    ) -> (slope: Double, intercept: Double) {
        var n = 0.0, isConstant = true
        var x = 0.0, xRest = 0.0, y = 0.0, yRest = 0.0, xy = 0.0, xyRest = 0.0, xx = 0.0, xxRest = 0.0
        for index in values.indices {
            let value = values[index]
            if index > 0, value != values[0] { isConstant = false }
            n += 1
            let time = Double(times[index] - origin) / 1e3
            compensatedAdd(time, to: &x, &xRest)
            compensatedAdd(value, to: &y, &yRest)
            compensatedAdd(time * value, to: &xy, &xyRest)
            compensatedAdd(time * time, to: &xx, &xxRest)
        }
        if isConstant { return values[0].isInfinite ? (.nan, .nan) : (0, values[0]) }
        x += xRest
        y += yRest
        xy += xyRest
        xx += xxRest
        let covariance = xy - x * y / n, variance = xx - x * x / n
        let slope = covariance / variance
        return (slope, y / n - slope * x / n)
    }

    /// `double_exponential_smoothing`: Holt's linear method; both factors are between 0 and 1, checked by the caller.
    func applySmoothing(
        _ input: borrowing WindowInput, _ parameters: [ScalarRow], _ scratch: inout WindowScratch,
        into row: inout MutableSpan<Double>
    ) throws(QueryError) {
        try input.forEachWindow(atLeast: 2, &scratch, into: &row) { input, step, window, _ in
            let values = input.values.extracting(window)
            let smoothing = parameters[0][step], trending = parameters[1][step]
            var previous = 0.0, smoothed = values[0], trend = values[1] - values[0]
            for index in 1..<values.count {
                if index > 1 { trend = trending * (smoothed - previous) + (1 - trending) * trend }
                let next = smoothing * values[index] + (1 - smoothing) * (smoothed + trend)
                (previous, smoothed) = (smoothed, next)
            }
            return point(smoothed)
        }
    }
}
