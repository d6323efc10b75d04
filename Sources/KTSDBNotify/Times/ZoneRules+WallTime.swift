package import GoTemplate

extension ZoneRules {
    /// How clocks are set at this moment.
    package func kind(at time: WallTime) -> Kind { kind(at: time.seconds) }

    /// The time by clock and calendar of the place.
    package func civil(_ time: WallTime) -> CivilTime { CivilTime(time, offset: kind(at: time).offset) }
}
