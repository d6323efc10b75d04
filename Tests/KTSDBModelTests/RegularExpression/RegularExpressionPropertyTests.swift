import KTSDBModel
import KTSDBTesting
import Testing

/// A pattern as a tree that writes itself as text and matches by plain backtracking: slow, short, and to be believed.
private indirect enum NaivePattern {
    case empty
    case literal(Unicode.Scalar)
    case any
    case oneOf([Unicode.Scalar], isNegated: Bool)
    case start, end, wordBoundary, noWordBoundary
    case sequence([NaivePattern])
    case choice([NaivePattern])
    case group(NaivePattern, Int)
    case repetition(NaivePattern, Int, Int?, isGreedy: Bool)

    /// A random pattern of at most `depth` levels; `groups` counts the capturing groups.
    init(depth: Int, groups: inout Int, using generator: inout SeededGenerator) {
        let letters: [Unicode.Scalar] = ["a", "b", "é", "日", "\n", "_"]
        switch Int.random(in: 0..<(depth > 0 ? 16 : 9), using: &generator) {
        case 0...3: self = .literal(letters.randomElement(using: &generator)!)
        case 4: self = .any
        case 5, 6:
            let members = (0..<Int.random(in: 1...3, using: &generator)).map { _ in
                letters.randomElement(using: &generator)!
            }
            self = .oneOf(members, isNegated: Bool.random(using: &generator))
        case 7: self = [.start, .end, .wordBoundary, .noWordBoundary].randomElement(using: &generator)!
        case 8: self = .empty
        case 9, 10:
            self = .sequence(
                (0..<Int.random(in: 1...4, using: &generator)).map { _ in
                    NaivePattern(depth: depth - 1, groups: &groups, using: &generator)
                })
        case 11:
            self = .choice(
                (0..<Int.random(in: 2...3, using: &generator)).map { _ in
                    NaivePattern(depth: depth - 1, groups: &groups, using: &generator)
                })
        case 12, 13:
            groups += 1
            let number = groups
            self = .group(NaivePattern(depth: depth - 1, groups: &groups, using: &generator), number)
        default:
            let bounds: [(Int, Int?)] = [(0, nil), (1, nil), (0, 1), (2, 2), (0, 2), (1, 3), (2, nil)]
            let (minimum, maximum) = bounds.randomElement(using: &generator)!
            self = .repetition(
                NaivePattern(depth: depth - 1, groups: &groups, using: &generator), minimum, maximum,
                isGreedy: Bool.random(using: &generator))
        }
    }

    var text: String {
        switch self {
        case .empty: "(?:)"
        case .literal(let scalar): String(scalar)
        case .any: "."
        case .oneOf(let scalars, let isNegated):
            "[" + (isNegated ? "^" : "") + scalars.map { String($0) }.joined() + "]"
        case .start: "^"
        case .end: "$"
        case .wordBoundary: #"\b"#
        case .noWordBoundary: #"\B"#
        case .sequence(let parts): "(?:" + parts.map(\.text).joined() + ")"
        case .choice(let parts): "(?:" + parts.map(\.text).joined(separator: "|") + ")"
        case .group(let part, _): "(" + part.text + ")"
        case .repetition(let part, let minimum, let maximum, let isGreedy):
            "(?:\(part.text)){\(minimum),\(maximum.map { "\($0)" } ?? "")}" + (isGreedy ? "" : "?")
        }
    }

    /// Whether the empty text may match: loops around such parts have captures that no simple rule tells.
    var isNullable: Bool {
        switch self {
        case .empty, .start, .end, .wordBoundary, .noWordBoundary: true
        case .literal, .any, .oneOf: false
        case .sequence(let parts): parts.allSatisfy(\.isNullable)
        case .choice(let parts): parts.contains(where: \.isNullable)
        case .group(let part, _): part.isNullable
        case .repetition(let part, let minimum, _, _): minimum == 0 || part.isNullable
        }
    }

    var hasNullableLoop: Bool {
        switch self {
        case .sequence(let parts), .choice(let parts): parts.contains(where: \.hasNullableLoop)
        case .group(let part, _): part.hasNullableLoop
        case .repetition(let part, _, _, _): part.isNullable || part.hasNullableLoop
        default: false
        }
    }
}

/// Backtracking over one text.
private struct NaiveMatcher {
    let text: [Unicode.Scalar]
    /// Start and end of each group in scalars.
    var groups: [Range<Int>?]
    /// What is left to do before the pattern is given up as too slow for this way.
    var budget = 20_000

    mutating func matches(
        _ pattern: NaivePattern, _ place: Int, _ rest: (inout NaiveMatcher, Int) -> Bool
    ) -> Bool {
        budget -= 1
        guard budget > 0 else { return false }
        switch pattern {
        case .empty: return rest(&self, place)
        case .literal(let scalar): return place < text.count && text[place] == scalar && rest(&self, place + 1)
        case .any: return place < text.count && rest(&self, place + 1)
        case .oneOf(let scalars, let isNegated):
            return place < text.count && scalars.contains(text[place]) != isNegated && rest(&self, place + 1)
        case .start: return place == 0 && rest(&self, place)
        case .end: return place == text.count && rest(&self, place)
        case .wordBoundary: return isWord(place - 1) != isWord(place) && rest(&self, place)
        case .noWordBoundary: return isWord(place - 1) == isWord(place) && rest(&self, place)
        case .sequence(let parts): return matches(parts[...], place, rest)
        case .choice(let parts): return parts.contains { matches($0, place, rest) }
        case .group(let part, let number):
            let before = groups[number]
            let isFound = matches(part, place) { matcher, end in
                let inner = matcher.groups[number]
                matcher.groups[number] = place..<end
                if rest(&matcher, end) { return true }
                matcher.groups[number] = inner
                return false
            }
            if !isFound { groups[number] = before }
            return isFound
        case .repetition(let part, let minimum, let maximum, let isGreedy):
            if maximum == 0 { return rest(&self, place) }
            func more(_ matcher: inout NaiveMatcher) -> Bool {
                matcher.matches(part, place) { matcher, end in
                    // An optional round that consumed nothing would go on for ever.
                    if end == place, minimum == 0 { return rest(&matcher, end) }
                    let next = NaivePattern.repetition(
                        part, max(0, minimum - 1), maximum.map { $0 - 1 }, isGreedy: isGreedy)
                    return matcher.matches(next, end, rest)
                }
            }
            if minimum > 0 { return more(&self) }
            return isGreedy ? more(&self) || rest(&self, place) : rest(&self, place) || more(&self)
        }
    }

    private mutating func matches(
        _ parts: ArraySlice<NaivePattern>, _ place: Int, _ rest: (inout NaiveMatcher, Int) -> Bool
    ) -> Bool {
        guard let first = parts.first else { return rest(&self, place) }
        return matches(first, place) { matcher, end in matcher.matches(parts.dropFirst(), end, rest) }
    }

    private func isWord(_ place: Int) -> Bool {
        text.indices.contains(place) && (text[place] == "a" || text[place] == "b" || text[place] == "_")
    }
}

@Suite struct `A random regular expression` {
    @Test(arguments: 0..<20)
    func `matches and captures what backtracking does`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var matching = 0, compared = 0
        for _ in 0..<40 {
            var groupCount = 0
            let pattern = NaivePattern(depth: 4, groups: &groupCount, using: &generator)
            let expression = try RegularExpression(pattern.text, dotMatchesNewline: true)
            for _ in 0..<12 {
                let text = Self.text(using: &generator)
                var matcher = NaiveMatcher(text: text, groups: Array(repeating: nil, count: groupCount + 1))
                let expected = matcher.matches(pattern, 0) { matcher, end in end == matcher.text.count }
                guard matcher.budget > 0 else { continue }
                compared += 1
                if expected { matching += 1 }
                let string = Self.string(text[...])
                #expect(expression.matches(string) == expected, "\(pattern.text) on \(string.debugDescription)")
                if let captures = expression.captured(string), expected {
                    #expect(captures[0] == string)
                    if !pattern.hasNullableLoop {
                        let groups = matcher.groups.dropFirst().map { $0.map { Self.string(text[$0]) } }
                        #expect(Array(captures.dropFirst()) == groups, "\(pattern.text) on \(string.debugDescription)")
                    }
                }
                Self.checkLiterals(of: expression, string, matches: expected)
            }
        }
        #expect(compared > 200 && matching > 10, "The patterns should match now and then.")
    }

    private static func checkLiterals(of expression: RegularExpression, _ text: String, matches: Bool) {
        let hint = "\(expression.pattern) on \(text.debugDescription)"
        if let set = expression.literalSet {
            #expect(set.contains { $0.utf8.elementsEqual(text.utf8) } == matches, "\(hint)")
        }
        if expression.matchesEverything { #expect(matches, "\(hint)") }
        if expression.matchesNonEmpty { #expect(matches == !text.isEmpty, "\(hint)") }
        guard matches else { return }
        let bytes = Array(text.utf8)
        #expect(bytes.starts(with: expression.literalPrefix.utf8), "\(hint)")
        #expect(bytes.reversed().starts(with: expression.literalSuffix.utf8.reversed()), "\(hint)")
        let required = Array(expression.requiredLiteral.utf8)
        #expect(bytes.indices.contains { bytes[$0...].starts(with: required) } || required.isEmpty, "\(hint)")
    }

    private static func text(using generator: inout SeededGenerator) -> [Unicode.Scalar] {
        let letters: [Unicode.Scalar] = ["a", "a", "b", "b", "é", "日", "\n", "_", "-"]
        return (0..<Int.random(in: 0...7, using: &generator)).map { _ in letters.randomElement(using: &generator)! }
    }

    private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        String(String.UnicodeScalarView(scalars))
    }

    @Test(arguments: 0..<5)
    func `captures the same in a long text as in a short one`(seed: UInt64) throws {
        // The parts before and behind are long enough for the machine that needs little memory.
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<8 {
            var groupCount = 0
            let pattern = NaivePattern(depth: 3, groups: &groupCount, using: &generator)
            let short = try RegularExpression("<(?:\(pattern.text))>", dotMatchesNewline: true)
            let long = try RegularExpression("x*<(?:\(pattern.text))>x*", dotMatchesNewline: true)
            let padding = Array(repeating: UInt8(ascii: "x"), count: 20_000)
            for _ in 0..<2 {
                let text = Array(("<" + Self.string(Self.text(using: &generator)[...]) + ">").utf8)
                let padded = padding + text + padding
                let expected = short.captures(whole: text.span)?.dropFirst().map {
                    $0.map { $0.lowerBound..<$0.upperBound }
                }
                let captures = long.captures(whole: padded.span)?.dropFirst().map {
                    $0.map { ($0.lowerBound - padding.count)..<($0.upperBound - padding.count) }
                }
                #expect(captures.map { Array($0) } == expected.map { Array($0) }, "\(pattern.text)")
            }
        }
    }
}
