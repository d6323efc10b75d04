/// What a token of a query is.
enum LogQLTokenKind: Hashable {
    /// The end of the text.
    case end
    /// A name, or a character that means nothing else.
    case identifier
    case string, number
    /// `20KB`.
    case bytes
    /// `1h30m`, also with a minus.
    case duration
    /// `[5m]`.
    case range
    /// `--strict` and `--keep-empty`.
    case flag
    /// Something that cannot be read: an unterminated string, a bad duration in brackets.
    case malformed
    case symbol(Symbol)
    case keyword(Keyword)
    /// A function's name that is followed by what makes it one.
    case function(FunctionName)

    /// Punctuation and operators.
    enum Symbol: String {
        case openBrace = "{", closeBrace = "}", openParenthesis = "(", closeParenthesis = ")", closeBracket = "]"
        case comma = ",", dot = ".", pipe = "|"
        case assign = "=", matches = "=~", doesNotMatch = "!~", notEqual = "!="
        case pipeContains = "|=", pipeMatches = "|~", pipePattern = "|>", notPattern = "!>"
        case equal = "==", greater = ">", greaterOrEqual = ">=", less = "<", lessOrEqual = "<="
        case plus = "+", minus = "-", times = "*", over = "/", modulo = "%", power = "^"
    }

    /// Words that cannot be names of labels.
    enum Keyword: String, CaseIterable {
        case by, without, bool, offset, on, ignoring, unwrap
        case and, or, unless
        case groupLeft = "group_left", groupRight = "group_right"
        case json, logfmt, regexp, pattern, unpack, decolorize, drop, keep
        case lineFormat = "line_format", labelFormat = "label_format"
    }

    /// Words that are names unless what makes them a function follows.
    enum FunctionName: Hashable {
        case range(RangeAggregation.Operation)
        case vector(VectorAggregation.Operation)
        case conversion(Unwrap.Conversion)
        case labelReplace, literalVector, address
    }
}

extension LogQLTokenKind: CustomStringConvertible {
    /// What messages call the token.
    var description: String {
        switch self {
        case .end: "$end"
        case .identifier, .malformed: "IDENTIFIER"
        case .string: "STRING"
        case .number: "NUMBER"
        case .bytes: "BYTES"
        case .duration: "DURATION"
        case .range: "RANGE"
        case .flag: "FUNCTION_FLAG"
        case .symbol(let symbol): symbol.rawValue
        case .keyword(let keyword): keyword.rawValue
        case .function(.range(let operation)): operation.rawValue.uppercased()
        case .function(.vector(let operation)): operation.rawValue.uppercased()
        case .function(.conversion(let conversion)): conversion.rawValue.uppercased() + "_CONV"
        case .function(.labelReplace): "LABEL_REPLACE"
        case .function(.literalVector): "VECTOR"
        case .function(.address): "ip"
        }
    }
}

extension LogQLTokenKind {
    /// The keywords by their text.
    static let keywords = Dictionary(uniqueKeysWithValues: Keyword.allCases.map { ($0.rawValue, $0) })

    /// The functions by their text.
    static let functions: [String: FunctionName] = {
        var names: [String: FunctionName] = [
            "label_replace": .labelReplace, "vector": .literalVector, "ip": .address,
            "bytes": .conversion(.bytes), "duration": .conversion(.duration),
            "duration_seconds": .conversion(.durationSeconds),
        ]
        for operation in RangeAggregation.Operation.allCases { names[operation.rawValue] = .range(operation) }
        for operation in VectorAggregation.Operation.allCases { names[operation.rawValue] = .vector(operation) }
        return names
    }()
}
