/// The times at which an expression is evaluated: `start`, `start + step` and so on, `count` of them.
///
/// An instant query is a grid of one step; a subquery has a grid of its own. All in milliseconds since the Unix epoch.
struct StepGrid: Hashable, Sendable {
    var start: Int64
    var step: Int64
    /// At least 0; 0 is what a subquery has whose window holds no multiple of its step.
    var count: Int
    /// Whether it is one time that was asked for, and not a range, which may have one step, too.
    var isInstant: Bool

    /// The bound of all times, far beyond any stored sample and far from overflow.
    static let farthest: Int64 = 1 << 60

    /// The bound of all durations: 64 bits of nanoseconds, which is 292 years.
    static let longest: Int64 = 9_223_372_036_854

    init(start: Int64, step: Int64, count: Int, isInstant: Bool) {
        self.start = start
        self.step = step
        self.count = count
        self.isInstant = isInstant
    }

    /// The first step alone.
    var firstStep: StepGrid { StepGrid(start: start, step: step, count: min(count, 1), isInstant: true) }

    /// The time of step `index`.
    func time(_ index: Int) -> Int64 { start + Int64(index) * step }

    /// The time of the last step. At least one step.
    var end: Int64 { time(count - 1) }
}
