/// Quantiles of the observations of the last ten minutes, and the sum and the count of all.
///
/// Keeps at most 2,048 observations; of more, the newest.
package struct ObservationSummary: Sendable {
    private struct Observation {
        var value: Double
        var instant: ContinuousClock.Instant
    }

    /// How long an observation counts.
    package static let age: Duration = .seconds(600)
    /// How many observations are kept.
    package static let capacity = 2048

    private var ring: [Observation] = []
    private var next = 0
    /// The sum of all observations.
    package private(set) var sum = 0.0
    /// How many there were.
    package private(set) var count = 0

    /// No observations.
    package init() {}

    /// Adds an observation.
    package mutating func observe(_ value: Double, at instant: ContinuousClock.Instant) {
        sum += value
        count += 1
        let observation = Observation(value: value, instant: instant)
        if ring.count < Self.capacity {
            ring.append(observation)
        } else {
            ring[next] = observation
            next = (next + 1) % Self.capacity
        }
    }

    /// Returns the quantiles, each at least that share of the observations; NaN without any.
    package func quantiles(_ shares: [Double], at now: ContinuousClock.Instant) -> [Double] {
        let recent = ring.lazy.filter { now - $0.instant < Self.age }.map(\.value).sorted()
        return shares.map { share in
            recent.isEmpty
                ? .nan : recent[min(recent.count - 1, max(0, Int((share * Double(recent.count)).rounded(.up)) - 1))]
        }
    }
}
