/// How many alerts there are of each kind, as counted at some moment.
struct AlertStates: Hashable, Sendable {
    var active = 0
    var suppressed = 0

    /// How long the figures are good enough: many alerts are not counted at each look.
    var patience: Duration { active + suppressed > 10_000 ? .seconds(15) : .zero }
}
