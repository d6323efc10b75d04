/// Go's `time.Duration`: nanoseconds.
public enum GoDuration {
    /// The type of durations.
    public static let type = GoNamedType(
        "time.Duration", .integer(.int64), methods: methods, text: { GoString(text(nanoseconds(of: $0))) })

    /// A duration as a value.
    public static func value(nanoseconds: Int64) -> GoValue {
        .named(type, .integer(GoInteger(Int(nanoseconds), kind: .int64)))
    }

    /// The nanoseconds of a duration.
    public static func nanoseconds(of value: GoValue) -> Int64 { Int64(value.asInt ?? 0) }

    /// A text such as `1h2m3.5s`, `1.5ms` or `0s`.
    public static func text(_ nanoseconds: Int64) -> String {
        let sign = nanoseconds < 0 ? "-" : ""
        let magnitude = nanoseconds.magnitude
        switch magnitude {
        case 0: return "0s"
        case ..<1000: return sign + "\(magnitude)ns"
        case ..<1_000_000: return sign + decimal(magnitude, 1000) + "µs"
        case ..<1_000_000_000: return sign + decimal(magnitude, 1_000_000) + "ms"
        default: break
        }
        let minutes = magnitude / 60_000_000_000
        let seconds = decimal(magnitude % 60_000_000_000, 1_000_000_000) + "s"
        if minutes == 0 { return sign + seconds }
        return sign + (minutes < 60 ? "\(minutes)m" : "\(minutes / 60)h\(minutes % 60)m") + seconds
    }

    /// `value / unit` with the digits that it has.
    private static func decimal(_ value: UInt64, _ unit: UInt64) -> String {
        let fraction = value % unit
        guard fraction > 0 else { return "\(value / unit)" }
        var digits = String(unit + fraction).dropFirst()
        while digits.last == "0" { digits.removeLast() }
        return "\(value / unit).\(digits)"
    }

    // MARK: Methods

    private static let methods: [String: GoNamedType.Method] = [
        "Hours": number { inUnits($0, 3_600_000_000_000) },
        "Minutes": number { inUnits($0, 60_000_000_000) },
        "Seconds": number { inUnits($0, 1_000_000_000) },
        "Milliseconds": integer { $0 / 1_000_000 },
        "Microseconds": integer { $0 / 1000 },
        "Nanoseconds": integer { $0 },
        "Abs": { value in
            let nanoseconds = nanoseconds(of: value)
            return GoFunction([], returns: .named(type)) { _ in
                GoDuration.value(nanoseconds: nanoseconds == .min ? .max : Int64(nanoseconds.magnitude))
            }
        },
        "Round": rounding(DurationRounding.round),
        "Truncate": rounding(DurationRounding.truncate),
    ]

    /// Whole units and the rest are divided apart, as Go does, so that the result is rounded in the same way.
    private static func inUnits(_ nanoseconds: Int64, _ unit: Int64) -> Double {
        Double(nanoseconds / unit) + Double(nanoseconds % unit) / Double(unit)
    }

    private static func number(_ convert: @escaping @Sendable (Int64) -> Double) -> GoNamedType.Method {
        { value in GoFunction([], returns: .float64) { _ in .float(convert(nanoseconds(of: value))) } }
    }

    private static func integer(_ convert: @escaping @Sendable (Int64) -> Int64) -> GoNamedType.Method {
        { value in
            GoFunction([], returns: .integer(.int64)) { _ in
                .integer(GoInteger(Int(convert(nanoseconds(of: value))), kind: .int64))
            }
        }
    }

    private static func rounding(_ round: @escaping @Sendable (Int64, Int64) -> Int64) -> GoNamedType.Method {
        { value in
            GoFunction([.named(type)], returns: .named(type)) { arguments in
                GoDuration.value(nanoseconds: round(nanoseconds(of: value), nanoseconds(of: arguments[0])))
            }
        }
    }
}
