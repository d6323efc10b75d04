/// The sum, the mean and the variance of numbers, with little loss of digits.
struct Moments {
    private(set) var count = 0
    /// The sum, and what it lost by rounding (Neumaier).
    private var total = 0.0
    private var lost = 0.0
    /// The running mean, and the sum of squared distances from it (Welford).
    private var runningMean = 0.0
    private var squares = 0.0

    mutating func add(_ value: Double) {
        count += 1
        let sum = total + value
        lost += total.magnitude >= value.magnitude ? (total - sum) + value : (value - sum) + total
        total = sum
        let distance = value - runningMean
        runningMean += distance / Double(count)
        squares += distance * (value - runningMean)
    }

    /// Where the plain sum is infinite or not a number, so is what it lost.
    var sum: Double { total.isFinite ? total + lost : total }

    /// The mean; of finite numbers whose sum is infinite, the running mean.
    var mean: Double {
        sum.isInfinite && runningMean.isFinite ? runningMean : sum / Double(count)
    }

    /// The mean of the squared distances from the mean, of all values rather than of a part of them.
    var variance: Double { squares / Double(count) }
}
