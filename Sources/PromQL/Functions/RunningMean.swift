internal import KTSDBModel

/// A mean as Prometheus takes it: the compensated sum divided by the count, which is the most accurate; from where the
/// sum would become infinite on, a mean that is moved by each value.
struct RunningMean {
    private(set) var sum: Double
    private(set) var rest = 0.0
    private(set) var count = 1.0
    /// Set once `sum` holds the mean itself.
    private(set) var isIncremental = false

    init(_ first: Double) { sum = first }

    init(sum: Double, rest: Double, count: Double, isIncremental: Bool) {
        self.sum = sum
        self.rest = rest
        self.count = count
        self.isIncremental = isIncremental
    }

    @inline(__always)
    mutating func add(_ value: Double) {
        count += 1
        if !isIncremental {
            var newSum = sum, newRest = rest
            compensatedAdd(value, to: &newSum, &newRest)
            if !newSum.isInfinite {
                (sum, rest) = (newSum, newRest)
                return
            }
            becomeIncremental(count - 1)
        }
        let share = (count - 1) / count
        sum *= share
        rest *= share
        compensatedAdd(value / count, to: &sum, &rest)
    }

    private mutating func becomeIncremental(_ count: Double) {
        isIncremental = true
        sum /= count
        rest /= count
    }

    /// Takes in the values of `other`, which came after those that are here.
    mutating func join(_ other: RunningMean) {
        var other = other
        let total = count + other.count
        if !isIncremental, !other.isIncremental {
            var newSum = sum, newRest = rest
            compensatedAdd(other.sum, to: &newSum, &newRest)
            if !newSum.isInfinite {
                self = RunningMean(sum: newSum, rest: newRest + other.rest, count: total, isIncremental: false)
                return
            }
        }
        if !isIncremental { becomeIncremental(count) }
        if !other.isIncremental { other.becomeIncremental(other.count) }
        sum *= count / total
        rest *= count / total
        let share = other.count / total
        compensatedAdd(other.sum * share, to: &sum, &rest)
        rest += other.rest * share
        count = total
    }

    var value: Double { isIncremental ? sum + rest : sum / count + rest / count }
}
