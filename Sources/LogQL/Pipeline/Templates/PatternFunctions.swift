internal import GoTemplate
internal import KTSDBModel
internal import Synchronization

/// Functions of templates that use regular expressions, and those that are left.
enum PatternFunctions {
    static let table: TemplateFunctions = [
        "count": GoFunction([.string, .string], returns: .int, canFail: true) { arguments in
            var count = 0
            try matches(of: try expression(arguments[0]), in: bytes(arguments[1])) { _ in count += 1 }
            return .int(count)
        },
        "regexReplaceAll": GoFunction([.string, .string, .string], returns: .string, canFail: true) { arguments in
            let expression = try expression(arguments[0]), source = bytes(arguments[1])
            let template = RegularExpression.Template((arguments[2].asString ?? "").description)
            return try replacing(expression, source) { expression.expand(template, captures: $0, in: source.span) }
        },
        "regexReplaceAllLiteral": GoFunction([.string, .string, .string], returns: .string, canFail: true) {
            arguments in
            let replacement = bytes(arguments[2])
            return try replacing(try expression(arguments[0]), bytes(arguments[1])) { _ in replacement }
        },
        "default": GoFunction([.any], variadic: .any, returns: .any) { arguments in
            arguments.count > 1 && !isEmpty(arguments[1]) ? arguments[1] : arguments[0]
        },
        "fromJson": GoFunction([.string], returns: .any) { JSONTemplateValue.parse(bytes($0[0])) ?? .null(.any) },
    ]

    private static func bytes(_ value: GoValue) -> [UInt8] { value.asString?.bytes ?? [] }

    /// Whether a value is the zero of its type.
    private static func isEmpty(_ value: GoValue) -> Bool {
        switch value.base {
        case .none, .null: true
        case .bool(let isTrue): !isTrue
        case .integer(let integer): integer.bits == 0
        case .float(let number): number == 0
        case .string(let text): text.bytes.isEmpty
        case .list(let list): list.elements.isEmpty
        case .map(let map): map.entries.isEmpty
        default: false
        }
    }

    // MARK: Regular expressions

    /// Patterns are the same for all lines as a rule.
    private static let cache = Mutex<[String: RegularExpression]>([:])
    private static let cacheLimit = 1000

    private static func expression(_ pattern: GoValue) throws -> RegularExpression {
        let pattern = (pattern.asString ?? "").description
        if let known = cache.withLock({ $0[pattern] }) { return known }
        let expression: RegularExpression
        do throws(RegularExpressionError) {
            expression = try RegularExpression(pattern, dotMatchesNewline: false)
        } catch {
            throw GoError(error.description)
        }
        cache.withLock { cache in
            if cache.count >= cacheLimit { cache.removeAll() }
            cache[pattern] = expression
        }
        return expression
    }

    /// Calls `body` with each match, of which none overlap.
    private static func matches(
        of expression: RegularExpression, in text: [UInt8], _ body: ([Range<Int>?]) -> Void
    ) throws {
        var place = 0, lastEnd = -1
        while place <= text.count, let captures = expression.firstMatch(in: text.span, from: place),
            let match = captures[0]
        {
            // An empty match right after another match does not count.
            if !match.isEmpty || match.lowerBound != lastEnd { body(captures) }
            lastEnd = match.upperBound
            let isAtEnd = match.upperBound >= text.count
            let step = isAtEnd ? 1 : max(1, UTF8Text.scalarLength(in: text.span, at: match.upperBound))
            place = match.isEmpty ? match.upperBound + step : match.upperBound
        }
    }

    private static func replacing(
        _ expression: RegularExpression, _ text: [UInt8], _ replacement: ([Range<Int>?]) -> [UInt8]
    ) throws -> GoValue {
        var result: [UInt8] = [], start = 0
        try matches(of: expression, in: text) { captures in
            guard let match = captures[0] else { return }
            result += text[start..<match.lowerBound] + replacement(captures)
            start = match.upperBound
        }
        return .string(GoString(bytes: result + text[start...]))
    }
}
