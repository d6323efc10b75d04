internal import KTSDBModel

/// How much of the counts of classic buckets had to be raised so that they never fall with the bound.
struct MonotonicityRepair: Sendable {
    /// The times of the first and last histogram, in milliseconds.
    var firstTime: Int64
    var lastTime: Int64
    /// The lowest and highest bound whose count was raised.
    var lowestBound: Double
    var highestBound: Double
    /// The most that a count was raised by.
    var largestDifference: Double

    func joined(with other: MonotonicityRepair) -> MonotonicityRepair {
        MonotonicityRepair(
            firstTime: min(firstTime, other.firstTime), lastTime: max(lastTime, other.lastTime),
            lowestBound: min(lowestBound, other.lowestBound), highestBound: max(highestBound, other.highestBound),
            largestDifference: max(largestDifference, other.largestDifference))
    }

    func text(count: Int) -> String {
        ", from buckets \(goFormat(lowestBound)) to \(goFormat(highestBound)), with a max diff of "
            + "\(goFormat(largestDifference, significantDigits: 2)), over \(count) samples from "
            + "\(CalendarTime(milliseconds: firstTime).text) to \(CalendarTime(milliseconds: lastTime).text)"
    }
}

/// How many histograms one function repaired at each of its steps.
struct RepairCount: Sendable {
    /// All steps of the function, those without repairs too.
    var steps: Int
    var counts: [Int: Int] = [:]

    /// The number that Prometheus reports.
    ///
    /// A function adds what it has to say at each step to what it said before, and gives back all of it; whoever asked
    /// adds that to what it got before. So from the second step on all that was counted is counted twice, once more at
    /// each.
    var total: Int {
        var total = 0
        for step in (counts.keys.min() ?? steps)..<steps {
            total = (total &+ counts[step, default: 0]) &* (total == 0 ? 1 : 2)
        }
        return total
    }
}
