internal import GoTemplate
internal import KTSDBModel
internal import PrometheusWire

/// The functions that Alertmanager's templates have besides Go's own.
enum NotificationFunctions {
    /// What a moment of expansion knows.
    struct Context: Sendable {
        var now: WallTime
        /// Returns the place with a name of the time zone database.
        var location: @Sendable (String) -> Location?
    }

    static func all(_ context: Context) -> TemplateFunctions {
        texts.merging(patterns).merging(collections).merging(times(context))
    }

    private static func bytes(_ value: GoValue) -> [UInt8] { value.asString?.bytes ?? [] }
    private static func text(_ value: GoValue) -> String { value.asString?.description ?? "" }

    /// A text that is safe in HTML as it is.
    static let htmlType = GoNamedType("template.HTML", .string)
    /// An address that is safe as it is.
    static let urlType = GoNamedType("template.URL", .string)

    private static let texts: TemplateFunctions = [
        "toUpper": GoFunction([.string], returns: .string) { .text(text($0[0]).uppercased()) },
        "toLower": GoFunction([.string], returns: .string) { .text(text($0[0]).lowercased()) },
        "title": GoFunction([.string], returns: .string) { .text(TitleCase.text(text($0[0]))) },
        "trimSpace": GoFunction([.string], returns: .string) { .text(trimmed(text($0[0]))) },
        "join": GoFunction([.string, .list(.string)], returns: .string) {
            .string(TemplateTypes.join($0[1].asList?.elements ?? [], $0[0].asString ?? ""))
        },
        "safeHtml": GoFunction([.string], returns: .named(htmlType)) {
            .named(htmlType, .string($0[0].asString ?? ""))
        },
        "safeUrl": GoFunction([.string], returns: .named(urlType)) { .named(urlType, .string($0[0].asString ?? "")) },
        "urlUnescape": GoFunction([.string], returns: .string, canFail: true) {
            .string(GoString(bytes: try PercentCoding.queryDecoded(bytes($0[0]))))
        },
        "stringSlice": GoFunction([], variadic: .string, returns: .list(.string)) { .list(GoList($0, of: .string)) },
        "base64encode": GoFunction([.string], returns: .string) { .text(Base64.addresses.encoded(bytes($0[0]))) },
        "base64decode": GoFunction([.string], returns: .string, canFail: true) { arguments in
            switch Base64.addresses.decoded(bytes(arguments[0])) {
            case .success(let bytes): return .string(GoString(bytes: bytes))
            case .failure(let error): throw GoError("illegal base64 data at input byte \(error.offset)")
            }
        },
    ]

    private static func trimmed(_ text: String) -> String {
        var rest = text.unicodeScalars.drop { $0.properties.isWhitespace }
        while let last = rest.last, last.properties.isWhitespace { rest.removeLast() }
        return String(rest)
    }

    private static let patterns: TemplateFunctions = [
        "match": GoFunction([.string, .string], returns: .bool, canFail: true) { arguments in
            do throws(RegularExpressionError) {
                return .bool(try UnanchoredExpression(text(arguments[0])).matches(bytes(arguments[1])))
            } catch {
                throw GoError(error.description)
            }
        },
        "reReplaceAll": GoFunction([.string, .string, .string], returns: .string) { arguments in
            do throws(RegularExpressionError) {
                let expression = try UnanchoredExpression(text(arguments[0]))
                let result = expression.replacingAll(in: bytes(arguments[2]), with: text(arguments[1]))
                return .string(GoString(bytes: result))
            } catch {
                throw GoError("regexp: Compile(\(goPatternQuoted(text(arguments[0])))): \(error)")
            }
        },
    ]

    /// A pattern in back quotes, unless it has some.
    private static func goPatternQuoted(_ pattern: String) -> String {
        pattern.contains("`") ? goQuoted(pattern) : "`\(pattern)`"
    }

    private static let collections: TemplateFunctions = [
        "toJson": GoFunction([.any], returns: .string, canFail: true) {
            .string(GoString(bytes: try GoJSON.value($0[0]).encoded))
        },
        "list": GoFunction([], variadic: .any, returns: .list(.any), canFail: true) { .list(GoList($0)) },
        "append": GoFunction([.list(.any)], variadic: .any, returns: .list(.any)) {
            .list(GoList(($0[0].asList?.elements ?? []) + $0.dropFirst()))
        },
        "dict": GoFunction([], variadic: .any, returns: .map(.string, .any), canFail: true) { arguments in
            guard arguments.count.isMultiple(of: 2) else { throw GoError("dict requires an even number of arguments") }
            var entries: [GoMap.Entry] = []
            for place in stride(from: 0, to: arguments.count, by: 2) {
                guard case .string = arguments[place] else { throw GoError("dict keys must be strings") }
                entries.append((arguments[place], arguments[place + 1]))
            }
            return .map(GoMap(entries))
        },
        "humanizeDuration": GoFunction([.any], returns: .string, canFail: true) {
            .text(try HumanizedDuration.text($0[0]))
        },
    ]

    private static let timeType = GoType.object("time.Time", isPointer: false)

    private static func time(_ value: GoValue) -> GoTime {
        if case .object(let object) = value, let time = object as? GoTime { time } else { .zero }
    }

    private static func times(_ context: Context) -> TemplateFunctions {
        [
            "now": GoFunction([], returns: timeType) { _ in .object(context.now.goTime) },
            "since": GoFunction([timeType], returns: .named(GoDuration.type)) { arguments in
                let time = time(arguments[0])
                let elapsed = context.now - WallTime(seconds: time.seconds, nanoseconds: Int32(time.nanoseconds))
                let (seconds, attoseconds) = elapsed.components
                let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
                let nanoseconds = overflow ? (seconds < 0 ? Int64.min : .max) : scaled &+ attoseconds / 1_000_000_000
                return GoDuration.value(nanoseconds: nanoseconds)
            },
            "date": GoFunction([.string, timeType], returns: .string) {
                .text(time($0[1]).formatted(text($0[0])))
            },
            "tz": GoFunction([.string, timeType], returns: timeType, canFail: true) { arguments in
                let name = text(arguments[0])
                guard let location = context.location(name) else { throw GoError("unknown time zone \(name)") }
                return .object(time(arguments[1]).shown(in: location.zone))
            },
            "toDate": GoFunction([.string, .string], returns: timeType) {
                .object(((try? LayoutParser.parse(text($0[1]), layout: text($0[0]))) ?? .zero).goTime)
            },
            "mustToDate": GoFunction([.string, .string], returns: timeType, canFail: true) { arguments in
                do throws(LayoutParser.Problem) {
                    return .object(try LayoutParser.parse(text(arguments[1]), layout: text(arguments[0])).goTime)
                } catch {
                    throw GoError(error.description)
                }
            },
        ]
    }
}
