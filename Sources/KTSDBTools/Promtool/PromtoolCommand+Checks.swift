internal import KTSDBModel
internal import PrometheusWire

extension PromtoolCommand {
    private var isFatal: Bool { invocation.isOn("lint-fatal") }
    private var isClassic: Bool { environment.options.generation == .classic }

    func checkRules() -> ToolOutput {
        let lints = LintSelection(
            rules: invocation["lint"] ?? "duplicate-rules", isFatal: isFatal, isClassic: isClassic)
        return RuleCheck(lints, environment.files, environment.options).run(invocation.arguments)
    }

    func checkConfiguration() throws(CommandLineProblem) -> ToolOutput {
        guard !invocation.isOn("agent") else {
            throw CommandLineProblem("ktsdb has no agent mode; leave out --agent")
        }
        let lints = LintSelection(
            configuration: invocation["lint"] ?? "duplicate-rules", isFatal: isFatal, isClassic: isClassic)
        var check = ConfigurationCheck(lints, environment.files, environment.options)
        check.isSyntaxOnly = invocation.isOn("syntax-only")
        if let lookback = try invocation.duration("query.lookback-delta") { check.lookback = lookback }
        return check.run(invocation.arguments)
    }

    func checkDiscovery() throws(CommandLineProblem) -> ToolOutput {
        var check = ServiceDiscoveryCheck(environment.files, environment.options)
        if let timeout = try invocation.duration("timeout") { check.timeout = timeout }
        return check.run(invocation.arguments[0], job: invocation.arguments[1])
    }

    /// How to run unit tests, from the flags of `test rules`.
    var testRequest: RuleTestRequest {
        var request = RuleTestRequest()
        let patterns = invocation.all("run")
        request.patterns = patterns.isEmpty ? nil : patterns
        request.showsDifferences = invocation.isOn("diff")
        request.debugs = invocation.isOn("debug")
        request.covers = invocation.isOn("coverage")
        request.explains = invocation.isOn("explain")
        request.junit = invocation["junit"]
        request.timestamp = String(RFC3339.format(environment.now).prefix(19))
        return request
    }

    /// Asks a server for the page of its health at `path`.
    func checkServer(_ path: String) throws(CommandLineProblem) -> ToolOutput {
        var output = ToolOutput()
        let address = try address(invocation["url"] ?? "")
        do throws(ConnectionProblem) {
            let server = try environment.connect(address, invocation["http.config.file"], .seconds(10))
            let answer = try server.send(ToolServer.Request("GET", path))
            if answer.status == 200 {
                output.complain("  SUCCESS:  \(answer.text)")
            } else {
                output.complain("check failed: URL=\(server.address), status=\(answer.status)")
                output.code = 1
            }
        } catch {
            output.complain(error.description)
            output.code = 1
        }
        return output
    }
}
