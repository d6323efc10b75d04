extension TemplateParser {
    /// A pipeline and the token that ends it.
    mutating func pipeline(
        _ context: String, until end: TemplateTokenKind
    ) throws(TemplateError) -> TemplatePipeline {
        var pipeline = TemplatePipeline(offset: peekNonSpace().offset)
        try declarations(of: &pipeline, context)
        while true {
            let token = nextNonSpace()
            if token.kind == end { break }
            guard token.kind.beginsOperand else { throw unexpected(token, context) }
            giveBack(token)
            pipeline.commands.append(try command())
        }
        try check(pipeline, context)
        return pipeline
    }

    /// `$x :=`, `$x =`, or for `range` `$i, $x :=`.
    private mutating func declarations(
        of pipeline: inout TemplatePipeline, _ context: String
    ) throws(TemplateError) {
        while peekNonSpace().kind == .variable {
            let variable = next()
            let space = peek().kind == .space ? next() : nil
            let token = nextNonSpace()
            switch token.kind {
            case .assign, .declare:
                pipeline.isAssignment = token.kind == .assign
                return declare(variable, in: &pipeline)
            case .character where token.text == [UInt8(ascii: ",")]:
                declare(variable, in: &pipeline)
                try checkSecondVariable(after: pipeline, context)
            default: return giveBack([variable, space, token].compactMap { $0 })
            }
        }
    }

    private mutating func declare(_ token: TemplateToken, in pipeline: inout TemplatePipeline) {
        pipeline.variables.append(TemplateOperand(offset: token.offset, kind: .variable(token.string, [])))
        variables.append(token.string)
    }

    private mutating func checkSecondVariable(
        after pipeline: TemplatePipeline, _ context: String
    ) throws(TemplateError) {
        guard context == "range", pipeline.variables.count < 2 else {
            throw error("too many declarations in \(context)")
        }
        switch peekNonSpace().kind {
        case .variable, .rightDelimiter, .rightParenthesis: return
        default: throw error("range can only initialize variables")
        }
    }

    private func check(_ pipeline: TemplatePipeline, _ context: String) throws(TemplateError) {
        guard !pipeline.commands.isEmpty else { throw error("missing value for \(context)") }
        for (index, command) in pipeline.commands.enumerated().dropFirst() where command.operands[0].isConstant {
            throw error("non executable command in pipeline stage \(index + 1)")
        }
    }

    /// Operands up to a pipe, which is stepped over, or up to the end of the pipeline, which is not.
    private mutating func command() throws(TemplateError) -> TemplateCommand {
        var command = TemplateCommand(offset: peekNonSpace().offset)
        while true {
            _ = peekNonSpace()
            if let operand = try operand() { command.operands.append(operand) }
            let token = next()
            switch token.kind {
            case .space: continue
            case .rightDelimiter, .rightParenthesis: giveBack(token)
            case .pipe: break
            default: throw unexpected(token, "operand")
            }
            break
        }
        guard !command.operands.isEmpty else { throw error("empty command") }
        return command
    }

    /// A term and its fields; nil if none comes next.
    private mutating func operand() throws(TemplateError) -> TemplateOperand? {
        guard let term = try term() else { return nil }
        guard peek().kind == .field else { return term }
        let offset = peek().offset
        var fields: [String] = []
        while peek().kind == .field { fields.append(String(next().string.dropFirst())) }
        return TemplateOperand(offset: offset, kind: try add(fields, to: term))
    }

    private func add(_ fields: [String], to term: TemplateOperand) throws(TemplateError) -> TemplateOperand.Kind {
        switch term.kind {
        case .field(let names): return .field(names + fields)
        case .variable(let name, let names): return .variable(name, names + fields)
        case .bool, .string, .number, .null, .dot:
            throw error("unexpected . after term \(GoQuoting.quoted(term.description))")
        case .chain, .function, .pipeline: return .chain(term, fields)
        }
    }

    private mutating func term() throws(TemplateError) -> TemplateOperand? {
        let token = nextNonSpace()
        guard let kind = try termKind(token) else {
            giveBack(token)
            return nil
        }
        let offset = if case .pipeline(let pipeline) = kind { pipeline.offset } else { token.offset }
        return TemplateOperand(offset: offset, kind: kind)
    }

    private mutating func termKind(_ token: TemplateToken) throws(TemplateError) -> TemplateOperand.Kind? {
        switch token.kind {
        case .identifier: return .function(try function(token))
        case .dot: return .dot
        case .nilConstant: return .null
        case .variable: return .variable(try variable(token), [])
        case .field: return .field([String(token.string.dropFirst())])
        case .bool: return .bool(token.string == "true")
        case .characterConstant, .complexNumber, .number: return .number(try number(token))
        case .leftParenthesis:
            return .pipeline(
                try nested { parser throws(TemplateError) in
                    try parser.pipeline("parenthesized pipeline", until: .rightParenthesis)
                })
        case .string, .rawString: return try string(token)
        default: return nil
        }
    }

    private func function(_ token: TemplateToken) throws(TemplateError) -> String {
        guard functions.contains(token.string) else {
            throw error("function \(GoQuoting.quoted(token.string)) not defined")
        }
        return token.string
    }

    private func variable(_ token: TemplateToken) throws(TemplateError) -> String {
        guard variables.contains(token.string) else {
            throw error("undefined variable \(GoQuoting.quoted(token.string))")
        }
        return token.string
    }

    private func number(_ token: TemplateToken) throws(TemplateError) -> TemplateNumber {
        do { return try TemplateNumber.parse(token) } catch { throw self.error(error.message) }
    }

    private func string(_ token: TemplateToken) throws(TemplateError) -> TemplateOperand.Kind {
        guard let bytes = GoUnquoting.unquote(token.text) else { throw error("invalid syntax") }
        return .string(GoString(bytes: bytes), literal: token.string)
    }
}
