internal import PrometheusWire

/// The commands of promtool that need no server, with promtool's arguments: `check rules`, `check config`,
/// `check service-discovery`, `check web-config`, `check metrics` and `test rules`.
package enum PromtoolCommand {
    /// Runs the command of a line, without the program's name: `["check", "rules", "rules.yml"]`.
    package static func run(
        _ line: [String], files: ToolFiles = ToolFiles(), options: ToolOptions = ToolOptions(), timestamp: String = ""
    ) -> ToolOutput {
        do throws(PromtoolProblem) {
            var arguments = try PromtoolArguments(line), options = options
            var output = options.enable(arguments.all("enable-feature"))
            options.ignoresUnknownFields = options.ignoresUnknownFields || arguments.isOn("ignore-unknown-fields")
            output.add(try run(&arguments, files, options, timestamp))
            return output
        } catch {
            return ToolArguments.failure("\(error), try --help", options)
        }
    }

    private static func run(
        _ arguments: inout PromtoolArguments, _ files: ToolFiles, _ options: ToolOptions, _ timestamp: String
    ) throws(PromtoolProblem) -> ToolOutput {
        let lint = arguments.last("lint"), isFatal = arguments.isOn("lint-fatal")
        let isClassic = options.generation == .classic
        switch arguments.takeCommand() {
        case "check rules":
            let lints = LintSelection(rules: lint ?? "duplicate-rules", isFatal: isFatal, isClassic: isClassic)
            return RuleCheck(lints, files, options).run(arguments.rest)
        case "check config":
            let lints = LintSelection(
                configuration: lint ?? "duplicate-rules", isFatal: isFatal, isClassic: isClassic)
            return try checkConfiguration(lints, arguments, files, options)
        case "check service-discovery": return try checkDiscovery(arguments, files, options)
        case "check web-config":
            guard !arguments.rest.isEmpty else {
                throw PromtoolProblem("required argument 'web-config-files' not provided")
            }
            return WebConfigurationCheck.run(arguments.rest, files, options)
        case "check metrics":
            return MetricCheck.run(isExtended: arguments.isOn("extended"), lint: lint ?? "all", files, options)
        case "test rules":
            guard !arguments.rest.isEmpty else {
                throw PromtoolProblem("required argument 'test-rule-file' not provided")
            }
            return RuleTestCheck.run(arguments.rest, request(arguments, timestamp), files: files, options: options)
        case let command: throw PromtoolProblem("\(command) is not a command of this program")
        }
    }

    private static func checkConfiguration(
        _ lints: LintSelection, _ arguments: PromtoolArguments, _ files: ToolFiles, _ options: ToolOptions
    ) throws(PromtoolProblem) -> ToolOutput {
        guard !arguments.rest.isEmpty else { throw PromtoolProblem("required argument 'config-files' not provided") }
        guard !arguments.isOn("agent") else { throw PromtoolProblem("ktsdb has no agent mode; leave out --agent") }
        var check = ConfigurationCheck(lints, files, options)
        check.isSyntaxOnly = arguments.isOn("syntax-only")
        if let text = arguments.last("query.lookback-delta") {
            guard let lookback = PrometheusDuration.parse(text) else {
                throw PromtoolProblem("time: invalid duration \"\(text)\"")
            }
            check.lookback = lookback
        }
        return check.run(arguments.rest)
    }

    private static func checkDiscovery(
        _ arguments: PromtoolArguments, _ files: ToolFiles, _ options: ToolOptions
    ) throws(PromtoolProblem) -> ToolOutput {
        for (place, name) in ["config-file", "job"].enumerated() where arguments.rest.count <= place {
            throw PromtoolProblem("required argument '\(name)' not provided")
        }
        var check = ServiceDiscoveryCheck(files, options)
        if let text = arguments.last("timeout") {
            guard let timeout = PrometheusDuration.parse(text) else {
                throw PromtoolProblem("time: invalid duration \"\(text)\"")
            }
            check.timeout = timeout
        }
        return check.run(arguments.rest[0], job: arguments.rest[1])
    }

    private static func request(_ arguments: PromtoolArguments, _ timestamp: String) -> RuleTestRequest {
        var request = RuleTestRequest()
        let patterns = arguments.all("run")
        request.patterns = patterns.isEmpty ? nil : patterns
        request.showsDifferences = arguments.isOn("diff")
        request.debugs = arguments.isOn("debug")
        request.covers = arguments.isOn("coverage")
        request.explains = arguments.isOn("explain")
        request.junit = arguments.last("junit")
        request.timestamp = timestamp
        return request
    }
}

/// Why a command line is not understood.
package struct PromtoolProblem: Error, Hashable, Sendable, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }
}
