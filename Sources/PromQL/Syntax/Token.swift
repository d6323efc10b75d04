internal import KTSDBModel

/// A piece of PromQL text.
struct Token: Equatable {
    var kind: TokenKind
    /// Where it is, as byte offsets.
    var range: SourceRange
}

/// What a token is.
enum TokenKind: Hashable {
    /// The end of the text.
    case end
    /// The end of what can be read: after the end of the text, or where the lexer found an error.
    case stop
    case comment, identifier, metricIdentifier, number, duration, string
    case comma, colon, leftParen, rightParen, leftBrace, rightBrace, leftBracket, rightBracket
    /// `=`, `=~`, `!~`; `!=` is an operator.
    case assign, matches, doesNotMatch
    case binary(BinaryOperator)
    case at
    case aggregation(AggregationOperator)
    case keyword(Keyword)
    /// Words that are functions, or have a meaning after `@` or in durations.
    case preprocessor(Preprocessor)

    enum Keyword: String, CaseIterable {
        case bool, by, groupLeft = "group_left", groupRight = "group_right", fill, fillLeft = "fill_left"
        case fillRight = "fill_right", ignoring, offset, smoothed, anchored, on, without
    }
    enum Preprocessor: String, CaseIterable {
        case start, end, step, range, maxOf = "max_of", minOf = "min_of"
    }

    /// The kinds of words, by the word in lower case.
    static let words: [String: TokenKind] = {
        var words: [String: TokenKind] = ["inf": .number, "nan": .number]
        for operation in [BinaryOperator.and, .or, .unless, .atan2] { words[operation.rawValue] = .binary(operation) }
        for operation in AggregationOperator.allCases { words[operation.rawValue] = .aggregation(operation) }
        for keyword in Keyword.allCases { words[keyword.rawValue] = .keyword(keyword) }
        for word in Preprocessor.allCases { words[word.rawValue] = .preprocessor(word) }
        return words
    }()
}

extension TokenKind {
    /// Whether the word may name a metric outside braces.
    var canNameMetric: Bool {
        switch self {
        case .identifier, .metricIdentifier, .aggregation, .preprocessor: true
        case .binary(let operation): operation.isSet
        case .keyword(let keyword):
            switch keyword {
            case .by, .fill, .fillLeft, .fillRight, .offset, .without, .anchored, .smoothed: true
            case .bool, .groupLeft, .groupRight, .ignoring, .on: false
            }
        default: false
        }
    }

    /// Whether the word may name a label in `by (…)`, `on (…)` and the like.
    var canNameLabel: Bool {
        switch self {
        case .identifier, .metricIdentifier, .aggregation, .preprocessor: true
        case .binary(let operation): operation.isSet || operation == .atan2
        case .keyword(let keyword): keyword != .without
        default: false
        }
    }

    /// Whether an expression can begin with it.
    var canBeginExpression: Bool {
        switch self {
        case .number, .duration, .string, .leftParen, .leftBrace, .binary(.add), .binary(.subtract): true
        default: canNameMetric
        }
    }

    /// What an error message calls a token of this kind with this text.
    func description(of text: String) -> String {
        switch self {
        case .end, .stop: "end of input"
        case .comment: "comment " + goQuoted(text, limit: 10)
        case .identifier: "identifier " + goQuoted(text)
        case .metricIdentifier: "metric identifier " + goQuoted(text)
        case .number: "number " + goQuoted(text, limit: 10)
        case .duration: "duration " + goQuoted(text, limit: 10)
        case .string: "string " + goQuoted(text, limit: 10)
        case .binary, .at, .matches, .doesNotMatch: "<op:\(text)>"
        case .aggregation: "<aggr:\(text)>"
        case .keyword: "<\(text)>"
        case .preprocessor, .comma, .colon, .leftParen, .rightParen, .leftBrace, .rightBrace, .leftBracket,
            .rightBracket, .assign:
            goQuoted(text, limit: 10)
        }
    }
}

extension BinaryOperator {
    /// `and`, `or`, `unless`.
    public var isSet: Bool { self == .and || self == .or || self == .unless }

    /// The operators that filter, or give 0 and 1 with `bool`.
    public var isComparison: Bool {
        switch self {
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: true
        default: false
        }
    }

    /// How strongly it binds: 1 for `or` up to 6 for `^`.
    var precedence: Int {
        switch self {
        case .or: 1
        case .and, .unless: 2
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .trimUpper, .trimLower: 3
        case .add, .subtract: 4
        case .multiply, .divide, .modulo, .atan2: 5
        case .power: 6
        }
    }
}
