/// Multiples of a duration.
enum DurationRounding {
    /// Towards zero; nothing is changed for a unit that is not positive.
    @Sendable static func truncate(_ value: Int64, to unit: Int64) -> Int64 { unit <= 0 ? value : value - value % unit }

    /// To the nearest multiple, halves away from zero; to the largest or smallest duration if it is too large.
    @Sendable static func round(_ value: Int64, to unit: Int64) -> Int64 {
        guard unit > 0 else { return value }
        let rest = value % unit
        let isDown = rest.magnitude < unit.magnitude - rest.magnitude
        if isDown { return value - rest }
        let (rounded, overflow) = (value - rest).addingReportingOverflow(value < 0 ? -unit : unit)
        return overflow ? (value < 0 ? .min : .max) : rounded
    }
}
