/// The times at which a metric query is evaluated, in nanoseconds since 1970.
struct MetricSteps {
    let first: Int64
    let step: Int64
    /// At least 1.
    let count: Int

    /// One time, for an instant query.
    init(at time: Int64) {
        first = time
        step = 1
        count = 1
    }

    /// The multiples of the request's step from the last at or before its start to the first at or after its end.
    ///
    /// - Precondition: the step is positive, and the start is not after the end.
    init(covering request: LogRangeRequest) {
        step = request.step
        // Division truncates towards zero: before 1970 it has to go down by one.
        let low = request.start / step - (request.start % step < 0 ? 1 : 0)
        let high = request.end / step + (request.end % step > 0 ? 1 : 0)
        // A multiple beyond the range of numbers is not a time.
        let bounds = Int64.min / step...Int64.max / step
        let lowest = max(low, bounds.lowerBound), highest = min(high, bounds.upperBound)
        first = lowest * step
        count = Int(highest - lowest) + 1
    }

    var last: Int64 { self[count - 1] }

    subscript(index: Int) -> Int64 { first + Int64(index) * step }
}
