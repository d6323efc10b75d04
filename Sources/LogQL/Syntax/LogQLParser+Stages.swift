internal import KTSDBModel

extension LogQLParser {
    /// A selector and its stages, which cannot unwrap.
    mutating func lineQuery() throws(LogQLError) -> LineQuery {
        var query = LineQuery(matchers: try selector())
        try stages(into: &query)
        guard isUnwrap else { return query }
        advance()
        throw unexpected()
    }

    /// Appends the stages that follow to a query.
    mutating func stages(into query: inout LineQuery) throws(LogQLError) {
        while try stage(into: &query) {}
    }

    /// Appends the stage that follows.
    /// - Returns: False if none follows, or only `| unwrap`.
    private mutating func stage(into query: inout LineQuery) throws(LogQLError) -> Bool {
        if let operation = lineFilterOperation {
            advance()
            try lineFilter(operation, into: &query)
            return true
        }
        guard token.kind == .symbol(.pipe), !isUnwrap else { return false }
        advance()
        query.stages.append(try stageAfterPipe())
        return true
    }

    private mutating func stageAfterPipe() throws(LogQLError) -> PipelineStage {
        guard case .keyword(let keyword) = token.kind else { return .labelFilter(try labelFilter([])) }
        switch keyword {
        case .json:
            advance()
            return .json(try extractions())
        case .logfmt:
            advance()
            return .logfmt(try logfmt())
        case .regexp:
            advance()
            return .regexp(try Self.checkedRegexp(try needString()))
        case .pattern:
            advance()
            return .pattern(try Self.checkedPattern(try needString()))
        case .unpack:
            advance()
            return .unpack
        case .decolorize:
            advance()
            return .decolorize
        case .lineFormat:
            advance()
            return .lineFormat(try needString())
        case .labelFormat:
            advance()
            return .labelFormat(try labelFormats())
        case .drop:
            advance()
            return .drop(try labelChoices())
        case .keep:
            advance()
            return .keep(try labelChoices())
        default: throw unexpected()
        }
    }

    // MARK: Line filters

    private var lineFilterOperation: LineFilter.Operation? {
        switch token.kind {
        case .symbol(.pipeContains): .contains
        case .symbol(.notEqual): .doesNotContain
        case .symbol(.pipeMatches): .matches
        case .symbol(.doesNotMatch): .doesNotMatch
        case .symbol(.pipePattern): .matchesPattern
        case .symbol(.notPattern): .doesNotMatchPattern
        default: nil
        }
    }

    private mutating func lineFilter(
        _ operation: LineFilter.Operation, into query: inout LineQuery
    ) throws(LogQLError) {
        var needles = [try needle()]
        while take(.keyword(.or)) { needles.append(try needle()) }
        switch operation {
        case .contains, .matches, .matchesPattern:
            query.stages.append(.lineFilter(LineFilter(operation, needles)))
        case .doesNotContain, .doesNotMatch, .doesNotMatchPattern:
            query.stages += needles.map { .lineFilter(LineFilter(operation, [$0])) }
        }
    }

    /// `"x"` or `ip("…")`.
    private mutating func needle() throws(LogQLError) -> LineFilter.Needle {
        if token.kind == .function(.address) { return .address(try address()) }
        let bytes = try need(.string, [.string, .function(.address)]).bytes
        return String(validating: bytes, as: UTF8.self).map { .text($0) } ?? .bytes(bytes)
    }

    /// The text in `ip("…")`.
    mutating func address() throws(LogQLError) -> String {
        advance()
        try need(.openParenthesis)
        let text = try needString()
        try need(.closeParenthesis)
        return text
    }

    // MARK: Parsers

    /// `a, b="x.y"`, or nothing.
    private mutating func extractions() throws(LogQLError) -> [LabelExtraction] {
        var list: [LabelExtraction] = []
        guard token.kind == .identifier else { return list }
        repeat {
            let name = try needName()
            list.append(LabelExtraction(name, take(.assign) ? try needString() : name))
        } while take(.comma)
        return list
    }

    private mutating func logfmt() throws(LogQLError) -> LogfmtStage {
        var stage = LogfmtStage()
        while token.kind == .flag {
            if token.text == "strict" { stage.isStrict = true } else { stage.keepsEmpty = true }
            advance()
        }
        stage.extractions = try extractions()
        return stage
    }

    // MARK: Labels

    private mutating func labelFormats() throws(LogQLError) -> [LabelFormat] {
        var list: [LabelFormat] = []
        repeat {
            let name = try needName()
            try need(.assign)
            if token.kind == .string {
                list.append(LabelFormat(name, .template(try needString())))
            } else {
                list.append(LabelFormat(name, .label(try needName([.identifier, .string]))))
            }
        } while take(.comma)
        return list
    }

    private mutating func labelChoices() throws(LogQLError) -> [ChosenLabel] {
        var list: [ChosenLabel] = []
        repeat {
            let name = try needName()
            if let operation = textOperation(token.kind) {
                advance()
                list.append(.matcher(try matcher(name, operation, try needString())))
            } else {
                list.append(.name(name))
            }
        } while take(.comma)
        return list
    }
}
