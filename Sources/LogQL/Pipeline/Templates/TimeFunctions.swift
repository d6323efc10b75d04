internal import GoTemplate
internal import KTSDBModel

/// Functions of templates on times. The clock of a time without a zone is that of UTC.
enum TimeFunctions {
    static let type = GoType.object("time.Time", isPointer: false)

    static let table: TemplateFunctions = [
        "now": GoFunction([], returns: type) { _ in .object(GoTime(milliseconds: Timestamp.now.milliseconds)) },
        "date": GoFunction([.string, .any], returns: .string) { arguments in
            .text(shownTime(arguments[1]).formatted(text(arguments[0])))
        },
        "toDate": GoFunction([.string, .string], returns: type) { arguments in
            .object((try? GoTime.parse(text(arguments[1]), layout: text(arguments[0]))) ?? .zero)
        },
        "toDateInZone": GoFunction([.string, .string, .string], returns: type) { arguments in
            guard let zone = TimeZones.zone(text(arguments[1])) else { return .object(GoTime.zero) }
            return .object(
                (try? GoTime.parse(text(arguments[2]), layout: text(arguments[0]), in: zone)) ?? .zero)
        },
        "unixEpoch": epoch(scale: 1),
        "unixEpochMillis": epoch(scale: 1000),
        "unixEpochNanos": epoch(scale: 1_000_000_000),
        "unixToTime": GoFunction([.string], returns: type, canFail: true) { .object(try time(epoch: text($0[0]))) },
    ]

    private static func text(_ value: GoValue) -> String { value.asString?.description ?? "" }

    private static func time(_ value: GoValue) -> GoTime? {
        guard case .object(let object) = value.base else { return nil }
        return object as? GoTime
    }

    /// A time, or seconds since 1970; anything else is now.
    private static func shownTime(_ value: GoValue) -> GoTime {
        if let time = time(value) { return time.shown(in: .utc) }
        if let seconds = value.asInt { return GoTime(seconds: Int64(seconds)) }
        return GoTime(milliseconds: Timestamp.now.milliseconds)
    }

    private static func epoch(scale: Int64) -> GoFunction {
        GoFunction([type], returns: .string) { arguments in
            let time = time(arguments[0]) ?? .zero
            return .text(String(time.seconds &* scale &+ Int64(time.nanoseconds) / (1_000_000_000 / scale)))
        }
    }

    /// Days, seconds, milliseconds, microseconds or nanoseconds since 1970, by the number of digits.
    private static func time(epoch text: String) throws -> GoTime {
        guard let number = Int64(text) else {
            throw GoError(
                "unable to parse time '\(text)': strconv.ParseInt: parsing \(goQuoted(text)): invalid syntax")
        }
        func time(perSecond scale: Int64) -> GoTime {
            GoTime(seconds: number / scale, nanoseconds: Int(number % scale * (1_000_000_000 / scale)))
        }
        switch text.utf8.count {
        case 5: return GoTime(seconds: number * 86_400)
        case 10: return time(perSecond: 1)
        case 13: return time(perSecond: 1000)
        case 16: return time(perSecond: 1_000_000)
        case 19: return time(perSecond: 1_000_000_000)
        default: throw GoError("unable to parse time '\(text)': incorrect input length (\(text.utf8.count))")
        }
    }
}
