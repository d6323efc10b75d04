extension GoTime: GoObject {
    /// The layout of ``description``.
    private static let textLayout = "2006-01-02 15:04:05.999999999 -0700 MST"

    /// `time.Time`
    public var typeName: String { "time.Time" }
    /// ``description``
    public func text() -> GoString? { GoString(description) }
    /// A method of Go's type that has one result.
    public func method(_ name: String) -> GoFunction? { Self.methods[name]?(self) }

    /// As verbs for numbers print it: nanoseconds, seconds since year 1, and the zone.
    public var fields: [GoField] {
        let seconds = Int(seconds &- Self.zero.seconds)
        let location = GoType.object("time.Location", isPointer: true)
        return [
            GoField("wall", .integer(GoInteger(nanoseconds, kind: .uint64))),
            GoField("ext", .integer(GoInteger(seconds, kind: .int64))),
            GoField("loc", zone.name == "UTC" ? .null(location) : .object(zone)),
        ]
    }

    /// Whether moment and zone are equal.
    public func isEqual(to other: any GoObject) -> Bool {
        guard let other = other as? GoTime else { return false }
        return self == other && zone.isEqual(to: other.zone)
    }

    /// The moment as a value.
    public var value: GoValue { .object(self) }

    private typealias Method = @Sendable (GoTime) -> GoFunction
    private static let type = GoType.object("time.Time", isPointer: false)
    private static let duration = GoType.named(GoDuration.type)

    private static let methods: [String: Method] = [
        "Add": { time in
            GoFunction([duration], returns: type) { time.adding(GoDuration.nanoseconds(of: $0[0])).value }
        },
        "AddDate": { time in
            GoFunction([.int, .int, .int], returns: type) { time.adding(years: $0[0], months: $0[1], days: $0[2]) }
        },
        "After": comparison { $1 < $0 },
        "Before": comparison { $0 < $1 },
        "Equal": comparison { $0 == $1 },
        "Compare": { time in
            GoFunction([type], returns: .int) { .int(time == moment($0[0]) ? 0 : time < moment($0[0]) ? -1 : 1) }
        },
        "Day": number { $0.date.day },
        "Format": { time in
            GoFunction([.string], returns: .string) {
                .string(GoString(bytes: time.formatted($0[0].asString?.bytes ?? [])))
            }
        },
        "GoString": { time in GoFunction([], returns: .string) { _ in .string(time.goSyntax ?? "") } },
        "Hour": number { $0.clock.hour },
        "In": { time in
            GoFunction([.object("time.Location", isPointer: true)], returns: type) { arguments in
                guard case .object(let object) = arguments[0], let zone = object as? GoZone else {
                    throw GoError("time: missing Location in call to Time.In")
                }
                return time.shown(in: zone).value
            }
        },
        "IsZero": { time in GoFunction([], returns: .bool) { _ in .bool(time == .zero) } },
        "Local": { time in GoFunction([], returns: type) { _ in time.value } },
        "Location": { time in
            GoFunction([], returns: .object("time.Location", isPointer: true)) { _ in .object(time.zone) }
        },
        "Minute": number { $0.clock.minute },
        "Month": { time in
            GoFunction([], returns: .named(CalendarNames.monthType)) { _ in
                .named(CalendarNames.monthType, .int(time.date.month))
            }
        },
        "Nanosecond": number { $0.nanoseconds },
        "Round": rounding { DurationRounding.round($0, to: $1) },
        "Second": number { $0.clock.second },
        "String": { time in GoFunction([], returns: .string) { _ in .text(time.description) } },
        "Sub": { time in
            GoFunction([type], returns: duration) { GoDuration.value(nanoseconds: time.since(moment($0[0]))) }
        },
        "Truncate": rounding { DurationRounding.truncate($0, to: $1) },
        "UTC": { time in GoFunction([], returns: type) { _ in time.shown(in: .utc).value } },
        "Unix": wideNumber { $0.seconds },
        "UnixMicro": wideNumber { $0.unix(scale: 1_000_000) },
        "UnixMilli": wideNumber { $0.unix(scale: 1000) },
        "UnixNano": wideNumber { $0.unix(scale: 1_000_000_000) },
        "Weekday": { time in
            GoFunction([], returns: .named(CalendarNames.weekdayType)) { _ in
                .named(CalendarNames.weekdayType, .int(time.weekday))
            }
        },
        "Year": number { $0.date.year },
        "YearDay": number { $0.date.dayOfYear },
    ]

    // MARK: Kinds of methods

    private static func moment(_ value: GoValue) -> GoTime {
        guard case .object(let object) = value, let time = object as? GoTime else { return .zero }
        return time
    }

    private static func number(_ part: @escaping @Sendable (GoTime) -> Int) -> Method {
        { time in GoFunction([], returns: .int) { _ in .int(part(time)) } }
    }

    private static func wideNumber(_ part: @escaping @Sendable (GoTime) -> Int64) -> Method {
        { time in
            GoFunction([], returns: .integer(.int64)) { _ in .integer(GoInteger(Int(part(time)), kind: .int64)) }
        }
    }

    private static func comparison(_ compare: @escaping @Sendable (GoTime, GoTime) -> Bool) -> Method {
        { time in GoFunction([type], returns: .bool) { .bool(compare(time, moment($0[0]))) } }
    }

    /// Multiples are counted from the zero time.
    private static func rounding(_ round: @escaping @Sendable (Int64, Int64) -> Int64) -> Method {
        { time in
            GoFunction([duration], returns: type) {
                let unit = GoDuration.nanoseconds(of: $0[0])
                guard unit > 0 else { return time.value }
                let rest = time.remainder(unit)
                return time.adding(round(rest, unit) - rest).value
            }
        }
    }

    /// How far the time is beyond a multiple of `unit` since the zero time.
    private func remainder(_ unit: Int64) -> Int64 {
        let since = (seconds &- Self.zero.seconds) % unit
        let product = since.multipliedFullWidth(by: 1_000_000_000)
        // The quotient is at most 10⁹, so the division cannot overflow.
        let rest = (unit.dividingFullWidth(product).remainder &+ Int64(nanoseconds) % unit) % unit
        return rest < 0 ? rest + unit : rest
    }

    /// Units since 1970, `scale` of them in a second; what is too large loses its upper bits, as in Go.
    private func unix(scale: Int64) -> Int64 {
        seconds &* scale &+ Int64(nanoseconds) / (1_000_000_000 / scale)
    }

    private func adding(years: GoValue, months: GoValue, days: GoValue) -> GoValue {
        let limit = -1_000_000...1_000_000
        let amounts = [years, months, days].map { min(max($0.asInt ?? 0, limit.lowerBound), limit.upperBound) }
        return replacing(
            year: date.year + amounts[0], month: date.month + amounts[1], day: date.day + amounts[2]
        ).value
    }
}

extension GoTime: CustomStringConvertible {
    /// As in Go: `2006-01-02 15:04:05.999999999 -0700 MST`.
    public var description: String { formatted(Self.textLayout) }

    /// The call of `time.Date` that makes this moment.
    public var goSyntax: GoString? {
        let (date, clock) = (date, clock)
        let zone = zone.name == "UTC" ? "time.UTC" : "time.Location(\(GoQuoting.quoted(zone.name)))"
        let month = "time." + CalendarNames.month(date.month)
        return GoString(
            "time.Date(\(date.year), \(month), \(date.day), \(clock.hour), \(clock.minute), \(clock.second), "
                + "\(nanoseconds), \(zone))")
    }
}
