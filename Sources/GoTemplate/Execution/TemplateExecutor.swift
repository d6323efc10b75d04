/// Executes a template.
///
/// As in Go, what is evaluated last before an error is what the error names, so ``visit(_:)`` is called wherever Go
/// takes note of a node.
struct TemplateExecutor {
    let template: Template
    let missingKey: MissingKey
    let limits: TemplateLimits
    /// Functions that come before those of the template.
    let functions: TemplateFunctions

    /// What was written.
    private(set) var output: [UInt8] = []
    /// The template that is being executed.
    private(set) var tree: TemplateTree
    private(set) var site = TemplateSite.start
    /// The variables that are declared, the innermost last.
    var variables: [(name: String, slot: TemplateSlot)] = []

    private var steps = 0
    private var textBytes = 0
    private var depth = 0
    private var callDepth = 0

    init(
        _ template: Template, _ tree: TemplateTree, missingKey: MissingKey, limits: TemplateLimits,
        calling functions: TemplateFunctions = [:]
    ) {
        self.template = template
        self.functions = functions
        self.tree = tree
        self.missingKey = missingKey
        self.limits = limits
    }

    /// Executes the template with `data` as `.` and `$`.
    mutating func execute(_ data: GoValue) throws(TemplateError) {
        let dot = TemplateSlot(data).unboxed
        variables = [("$", dot)]
        _ = try walk(tree.nodes, dot)
    }

    /// Executes `other` as a call from this template: it sees no variables of it.
    mutating func call(_ other: TemplateTree, _ dot: TemplateSlot) throws(TemplateError) {
        guard callDepth < limits.callDepth else {
            throw error("exceeded maximum template depth (\(limits.callDepth))", limit: .callDepth)
        }
        let outer = (tree, site, variables)
        callDepth += 1
        (tree, variables) = (other, [("$", dot)])
        _ = try walk(other.nodes, dot)
        callDepth -= 1
        (tree, site, variables) = outer
    }

    // MARK: Limits

    /// Takes note of what is evaluated, as one step.
    mutating func visit(_ site: TemplateSite) throws(TemplateError) {
        self.site = site
        try spend(steps: 1)
    }

    /// Takes note of work.
    mutating func spend(steps count: Int) throws(TemplateError) {
        steps += count
        if steps > limits.steps { throw limitError(.steps, "more than \(limits.steps) steps") }
    }

    /// Does `body` one level deeper.
    mutating func nested<Result>(
        _ body: (inout TemplateExecutor) throws(TemplateError) -> Result
    ) throws(TemplateError) -> Result {
        guard depth < limits.executionDepth else {
            throw limitError(.executionDepth, "nesting is deeper than \(limits.executionDepth)")
        }
        depth += 1
        let result = try body(&self)
        depth -= 1
        return result
    }

    /// How many bytes of text a function may make.
    var textRoom: Int { limits.textBytes - textBytes }

    /// Takes note of a call of a function.
    mutating func spend(arguments: [GoValue], result: GoValue) throws(TemplateError) {
        let made = result.asString?.count ?? 0
        let size = arguments.reduce(made) { $0 + ($1.asString?.count ?? 0) }
        let elements = if case .list(let list) = result.base { list.elements.count } else { 0 }
        try spend(steps: size / 256 + elements / 16)
        textBytes += made
        if textBytes > limits.textBytes { throw textLimitError() }
    }

    func textLimitError() -> TemplateError {
        limitError(.textBytes, "functions make more than \(limits.textBytes) bytes of text")
    }

    /// Writes to the output.
    mutating func write(_ bytes: [UInt8]) throws(TemplateError) {
        guard bytes.count <= outputRoom else { throw outputLimitError() }
        output += bytes
    }

    /// How many bytes may still be written.
    var outputRoom: Int { limits.outputBytes - output.count }

    func outputLimitError() -> TemplateError {
        limitError(.outputBytes, "output is longer than \(limits.outputBytes) bytes")
    }

    // MARK: Errors

    private func limitError(_ limit: TemplateError.Limit, _ message: String) -> TemplateError {
        error("limit \(limit.rawValue): \(message)", limit: limit)
    }

    func error(_ message: String, limit: TemplateError.Limit? = nil) -> TemplateError {
        let (source, position) = tree.source.place(of: site.offset)
        let place = "\(source):\(position.line):\(position.column)"
        let name = GoQuoting.quoted(tree.name)
        return TemplateError(
            stage: .execution, message: message,
            description: "template: \(place): executing \(name) at <\(site.description)>: \(message)",
            position: position, limit: limit)
    }
}
