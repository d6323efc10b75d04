/// Parses a text into the templates that it defines.
///
/// Messages and the lines in them are Go's: the line is that of the last token that was read, which may be one ahead.
struct TemplateParser {
    let source: TemplateSource
    let functions: Set<String>
    let limits: TemplateLimits

    var lexer: TemplateLexer
    /// Tokens that were read and given back, the next one last.
    private var pending: [TemplateToken] = []
    /// The line of the last token that the lexer gave.
    private var lastLine = 1
    /// The line where the current action begins; nil outside of actions.
    var actionLine: Int?
    /// The variables that are declared at this place.
    var variables = DeclaredVariables()
    /// How many `range` are around this place.
    var rangeDepth = 0
    private var depth = 0
    /// The templates so far.
    private(set) var trees: [String: TemplateTree] = [:]

    init(_ source: TemplateSource, functions: Set<String>, limits: TemplateLimits) {
        self.source = source
        self.functions = functions
        self.limits = limits
        lexer = TemplateLexer(source.text.bytes)
        lexer.hasBreak = !functions.contains("break")
        lexer.hasContinue = !functions.contains("continue")
    }

    /// Parses everything; returns the templates by name.
    mutating func parse() throws(TemplateError) -> [String: TemplateTree] {
        guard source.text.count <= limits.sourceBytes else {
            throw limitError(.sourceBytes, "text of \(source.text.count) bytes is longer than \(limits.sourceBytes)")
        }
        var nodes: [TemplateNode] = []
        while peek().kind != .end {
            if try parseDefinition() { continue }
            switch try textOrAction() {
            case .node(let node): nodes.append(node)
            case .end: throw error("unexpected {{end}}")
            case .otherwise: throw error("unexpected {{else}}")
            }
        }
        try add(source.name, nodes)
        return trees
    }

    /// Adds a template; one that is empty does not replace another one.
    mutating func add(_ name: String, _ nodes: [TemplateNode]) throws(TemplateError) {
        let tree = TemplateTree(name: name, source: source, nodes: nodes)
        guard let old = trees[name], !old.isEmpty else { return trees[name] = tree }
        if !tree.isEmpty { throw error("template: multiple definition of template \(GoQuoting.quoted(name))") }
    }

    /// Does `parse` one level deeper.
    mutating func nested<Result>(
        _ parse: (inout TemplateParser) throws(TemplateError) -> Result
    ) throws(TemplateError) -> Result {
        guard depth < limits.parseDepth else {
            throw limitError(.parseDepth, "nesting is deeper than \(limits.parseDepth)")
        }
        depth += 1
        defer { depth -= 1 }
        return try parse(&self)
    }

    // MARK: Tokens

    mutating func next() -> TemplateToken {
        if let token = pending.popLast() { return token }
        let token = lexer.next()
        lastLine = token.line
        return token
    }

    mutating func peek() -> TemplateToken {
        let token = next()
        pending.append(token)
        return token
    }

    mutating func nextNonSpace() -> TemplateToken {
        var token = next()
        while token.kind == .space { token = next() }
        return token
    }

    mutating func peekNonSpace() -> TemplateToken {
        let token = nextNonSpace()
        pending.append(token)
        return token
    }

    /// Gives tokens back, in the order in which they came.
    mutating func giveBack(_ tokens: [TemplateToken]) { pending += tokens.reversed() }

    mutating func giveBack(_ token: TemplateToken) { pending.append(token) }

    /// The next token but blanks, which must be of one of the kinds.
    mutating func expect(_ kinds: TemplateTokenKind..., context: String) throws(TemplateError) -> TemplateToken {
        let token = nextNonSpace()
        guard kinds.contains(token.kind) else { throw unexpected(token, context) }
        return token
    }

    // MARK: Errors

    func error(_ message: String) -> TemplateError { makeError(message, limit: nil) }

    private func limitError(_ limit: TemplateError.Limit, _ message: String) -> TemplateError {
        makeError("limit \(limit.rawValue): \(message)", limit: limit)
    }

    private func makeError(_ message: String, limit: TemplateError.Limit?) -> TemplateError {
        TemplateError(
            stage: .parsing, message: message, description: "template: \(source.name):\(lastLine): \(message)",
            position: SourcePosition(line: lastLine, column: 0), limit: limit)
    }

    func unexpected(_ token: TemplateToken, _ context: String) -> TemplateError {
        guard token.kind == .error else { return error("unexpected \(token.description) in \(context)") }
        guard let actionLine, actionLine != token.line else { return error(token.string) }
        // Not “action in action”.
        let connection = token.string.hasSuffix(" action") ? "" : " in action"
        return error("\(token.string)\(connection) started at \(source.name):\(actionLine)")
    }
}
