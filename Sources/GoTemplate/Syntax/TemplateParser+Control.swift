extension TemplateParser {
    /// What a list of nodes consists of, and what ends it.
    enum Item {
        case node(TemplateNode)
        case end
        case otherwise
    }

    /// Text, or an action.
    mutating func textOrAction() throws(TemplateError) -> Item {
        let token = nextNonSpace()
        switch token.kind {
        case .text: return .node(.text(GoString(bytes: token.text)))
        case .leftDelimiter:
            actionLine = token.line
            defer { actionLine = nil }
            return try action()
        default: throw unexpected(token, "input")
        }
    }

    private mutating func action() throws(TemplateError) -> Item {
        let token = nextNonSpace()
        guard case .keyword(let word) = token.kind else {
            giveBack(token)
            return .node(.action(try pipeline("command", until: .rightDelimiter)))
        }
        switch word {
        case .block: return .node(try block())
        case .break: return .node(try loopControl(.breakLoop, "{{break}}"))
        case .continue: return .node(try loopControl(.continueLoop, "{{continue}}"))
        case .else: return try otherwise()
        case .end:
            _ = try expect(.rightDelimiter, context: "end")
            return .end
        case .if: return .node(.branch(try branch(.if)))
        case .range: return .node(.branch(try branch(.range)))
        case .with: return .node(.branch(try branch(.with)))
        case .template: return .node(try call())
        case .define:
            giveBack(token)
            return .node(.action(try pipeline("command", until: .rightDelimiter)))
        }
    }

    private mutating func loopControl(_ node: TemplateNode, _ context: String) throws(TemplateError) -> TemplateNode {
        _ = try expect(.rightDelimiter, context: context)
        guard rangeDepth > 0 else { throw error("\(context) outside {{range}}") }
        return node
    }

    /// `{{else}}`; after `{{else if` and `{{else with`, the `if` or `with` comes next.
    private mutating func otherwise() throws(TemplateError) -> Item {
        let token = peekNonSpace()
        if token.kind == .keyword(.if) || token.kind == .keyword(.with) { return .otherwise }
        _ = try expect(.rightDelimiter, context: "else")
        return .otherwise
    }

    /// The nodes up to `{{end}}` or `{{else}}`.
    private mutating func list() throws(TemplateError) -> (nodes: [TemplateNode], end: Item) {
        var nodes: [TemplateNode] = []
        while peekNonSpace().kind != .end {
            let item = try textOrAction()
            guard case .node(let node) = item else { return (nodes, item) }
            nodes.append(node)
        }
        throw error("unexpected EOF")
    }

    /// A list that only `{{end}}` may end.
    private mutating func list(context: String) throws(TemplateError) -> [TemplateNode] {
        let (nodes, end) = try nested { parser throws(TemplateError) in try parser.list() }
        if case .otherwise = end { throw error("unexpected {{else}} in \(context)") }
        return nodes
    }

    private mutating func branch(_ kind: TemplateBranch.Kind) throws(TemplateError) -> TemplateBranch {
        try nested { parser throws(TemplateError) in try parser.branchBody(kind) }
    }

    private mutating func branchBody(_ kind: TemplateBranch.Kind) throws(TemplateError) -> TemplateBranch {
        let declared = variables.count
        defer { variables.keep(declared) }
        let pipeline = try pipeline(kind.rawValue, until: .rightDelimiter)
        if kind == .range { rangeDepth += 1 }
        let (body, end) = try list()
        if kind == .range { rangeDepth -= 1 }
        guard case .otherwise = end else {
            return TemplateBranch(kind: kind, pipeline: pipeline, body: body, alternative: nil)
        }
        let alternative = try alternative(of: kind)
        return TemplateBranch(kind: kind, pipeline: pipeline, body: body, alternative: alternative)
    }

    /// What follows `{{else`: another `if` or `with`, with which it shares the `{{end}}`, or a list.
    private mutating func alternative(of kind: TemplateBranch.Kind) throws(TemplateError) -> [TemplateNode] {
        let next = peek().kind
        if kind == .if, next == .keyword(.if) {
            _ = self.next()
            return [.branch(try branch(.if))]
        }
        if kind == .with, next == .keyword(.with) {
            _ = self.next()
            return [.branch(try branch(.with))]
        }
        let (nodes, end) = try list()
        if case .otherwise = end { throw error("expected end; found {{else}}") }
        return nodes
    }

    // MARK: Templates

    /// Parses `{{define "name"}}`…`{{end}}`, if it comes next; returns whether it did.
    mutating func parseDefinition() throws(TemplateError) -> Bool {
        guard peek().kind == .leftDelimiter else { return false }
        let delimiter = next()
        let word = nextNonSpace()
        guard word.kind == .keyword(.define) else {
            giveBack([delimiter, word])
            return false
        }
        let context = "define clause"
        let name = try unquote(try expect(.string, .rawString, context: context))
        _ = try expect(.rightDelimiter, context: context)
        try add(name, try separately { parser throws(TemplateError) in try parser.list(context: context) })
        return true
    }

    private mutating func block() throws(TemplateError) -> TemplateNode {
        let context = "block clause"
        let (name, offset) = try templateName(context)
        let pipeline = try pipeline(context, until: .rightDelimiter)
        try add(name, try separately { parser throws(TemplateError) in try parser.list(context: context) })
        return .call(TemplateCall(offset: offset, name: name, pipeline: pipeline))
    }

    private mutating func call() throws(TemplateError) -> TemplateNode {
        let context = "template clause"
        let (name, offset) = try templateName(context)
        let token = nextNonSpace()
        guard token.kind != .rightDelimiter else {
            return .call(TemplateCall(offset: offset, name: name, pipeline: nil))
        }
        giveBack(token)
        let pipeline = try pipeline(context, until: .rightDelimiter)
        return .call(TemplateCall(offset: offset, name: name, pipeline: pipeline))
    }

    private mutating func templateName(_ context: String) throws(TemplateError) -> (name: String, offset: Int) {
        let token = try expect(.string, .rawString, context: context)
        return (try unquote(token), token.offset)
    }

    private mutating func unquote(_ token: TemplateToken) throws(TemplateError) -> String {
        guard let bytes = GoUnquoting.unquote(token.text) else { throw error("invalid syntax") }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Parses a template of its own: it sees no variables and no loop of the one around it.
    private mutating func separately<Result>(
        _ parse: (inout TemplateParser) throws(TemplateError) -> Result
    ) throws(TemplateError) -> Result {
        let outer = (variables, rangeDepth, actionLine)
        (variables, rangeDepth, actionLine) = (DeclaredVariables(), 0, nil)
        defer { (variables, rangeDepth, actionLine) = outer }
        return try parse(&self)
    }
}
