/// A native histogram of a PromQL test script: `base`, to which `step` was added `steps` times (or taken from it).
public struct PromQLTestHistogram: Hashable, Sendable {
    /// The histogram that is written.
    public var base: Description
    /// What is added at each point of `{{…}}+{{…}}x5`.
    public var step: Description?
    /// How often; negative after a minus.
    public var steps: Int

    init(base: Description, step: Description? = nil, steps: Int = 0) {
        self.base = base
        self.step = step
        self.steps = steps
    }

    /// What stands between `{{` and `}}`.
    public struct Description: Hashable, Sendable {
        /// -4…8, or -53 for ``customBounds``.
        public var schema = 0
        /// The sum of all observations.
        public var sum = 0.0
        /// The number of observations.
        public var count = 0.0
        /// The population of the zero bucket.
        public var zeroCount = 0.0
        /// Half the width of the zero bucket.
        public var zeroThreshold = 0.0
        /// The populations of consecutive buckets.
        public var positiveBuckets: [Double] = []
        /// The index of the first of ``positiveBuckets``.
        public var positiveOffset = 0
        /// The populations of consecutive buckets below zero.
        public var negativeBuckets: [Double] = []
        /// The index of the first of ``negativeBuckets``.
        public var negativeOffset = 0
        /// The upper bounds of the buckets of schema -53, without `+Inf`.
        public var customBounds: [Double] = []
        /// nil when it is not written, and then not compared either.
        public var counterResetHint: CounterResetHint?
    }

    /// What is known about a reset of the counter just before a histogram.
    public enum CounterResetHint: String, Hashable, Sendable {
        case unknown, reset, gauge
        case notReset = "not_reset"
    }
}
