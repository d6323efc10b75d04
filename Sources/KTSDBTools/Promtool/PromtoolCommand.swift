internal import KTSDBModel
internal import PrometheusWire

/// The commands of promtool, with its arguments, texts and exit codes.
///
/// `ktsdb query`, `ktsdb promql`, `ktsdb push`, `ktsdb debug` and `ktsdb promtool` run them. They follow promtool 3.14;
/// with the options of the classic generation, promtool 2.42.
package struct PromtoolCommand: Sendable {
    let invocation: ToolInvocation
    let environment: PromtoolEnvironment

    /// Runs the command of a line, without the program's name: `["check", "rules", "rules.yml"]`.
    package static func run(
        _ line: [String], _ environment: PromtoolEnvironment = PromtoolEnvironment()
    ) -> ToolOutput {
        do throws(CommandLineProblem) {
            var environment = environment
            // Without arguments, promtool prints its help.
            let invocation = try parse(line.isEmpty ? ["--help"] : line, environment)
            if let text = help(invocation, environment) { return text }
            var output = environment.options.enable(invocation.all("enable-feature"))
            environment.options.ignoresUnknownFields =
                environment.options.ignoresUnknownFields || invocation.isOn("ignore-unknown-fields")
            output.add(try PromtoolCommand(invocation: invocation, environment: environment).run())
            return output
        } catch {
            return ToolArguments.failure("\(error), try --help", environment.options)
        }
    }

    /// Runs the command of a line with these files.
    package static func run(
        _ line: [String], files: ToolFiles, options: ToolOptions = ToolOptions()
    ) -> ToolOutput {
        run(line, PromtoolEnvironment(files: files, options: options))
    }

    private static func parse(
        _ line: [String], _ environment: PromtoolEnvironment
    ) throws(CommandLineProblem) -> ToolInvocation {
        if line.first == "tsdb" {
            throw CommandLineProblem("ktsdb's directories are not those of Prometheus; see `ktsdb tsdb`")
        }
        return try ToolInvocation.parse(
            line, .promtool, listsCommands: environment.options.generation == .current)
    }

    /// Returns the help, if it is requested instead of running the command; nil otherwise.
    private static func help(_ invocation: ToolInvocation, _ environment: PromtoolEnvironment) -> ToolOutput? {
        guard invocation.isOn("help") else { return nil }
        var output = ToolOutput()
        let name = [environment.options.program] + invocation.words
        output.write(
            ToolHelp.text(
                ToolSyntax.promtool.complete(invocation.words), name: name.joined(separator: " "),
                shared: ToolFlag.promtool, isOwn: !environment.isPromtool))
        return output
    }

    private func run() throws(CommandLineProblem) -> ToolOutput {
        switch invocation.words.joined(separator: " ") {
        case "check rules": return checkRules()
        case "check config": return try checkConfiguration()
        case "check service-discovery": return try checkDiscovery()
        case "check web-config":
            return WebConfigurationCheck.run(invocation.arguments, environment.files, environment.options)
        case "check metrics":
            return MetricCheck.run(
                isExtended: invocation.isOn("extended"), lint: invocation["lint"] ?? "all", environment.files,
                environment.options)
        case "check healthy": return try checkServer("/-/healthy")
        case "check ready": return try checkServer("/-/ready")
        case "test rules":
            return RuleTestCheck.run(
                invocation.arguments, testRequest, files: environment.files, options: environment.options)
        case "query instant": return try queryInstant()
        case "query range": return try queryRange()
        case "query series": return try querySeries()
        case "query labels": return try queryLabels()
        case "query analyze": return try queryAnalyze()
        case "promql format": return formatExpression()
        case "promql label-matchers set": return setMatcher()
        case "promql label-matchers delete": return deleteMatcher()
        case "push metrics": return try pushMetrics()
        case "debug all": return try collect(DebugBundle.all)
        case "debug metrics": return try collect(DebugBundle.metrics)
        case "debug pprof": return refuseProfiles()
        case let words: throw CommandLineProblem("\(words) is not a command of this program")
        }
    }
}
