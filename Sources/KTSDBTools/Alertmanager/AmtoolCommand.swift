internal import GoTemplate
internal import KTSDBModel
internal import KTSDBNotify
internal import PrometheusWire

/// The commands of amtool, with its arguments, texts and exit codes.
///
/// `ktsdb alert`, `ktsdb silence`, `ktsdb routes` and `ktsdb amtool` run them against any server with Alertmanager's
/// API. They follow amtool 0.34; errors of the server have the form of amtool 0.25, which shows texts as they are.
package struct AmtoolCommand: Sendable {
    let invocation: ToolInvocation
    let environment: AmtoolEnvironment

    /// Runs the command of a line, without the program's name: `["silence", "query"]`.
    package static func run(_ line: [String], _ environment: AmtoolEnvironment) -> ToolOutput {
        var output = ToolOutput()
        do throws(AmtoolProblem) {
            let invocation = try parse(line, environment)
            if invocation.isOn("help") {
                output.write(help(invocation.words, environment))
            } else {
                try AmtoolCommand(invocation: invocation, environment: environment).run(&output)
            }
        } catch {
            let end = error.endsInEmptyLine && environment.program == "amtool" ? "\n" : ""
            output.complain("\(environment.program): error: \(error)\(end)")
            output.code = max(output.code, 1)
        }
        return output
    }

    private static func parse(
        _ line: [String], _ environment: AmtoolEnvironment
    ) throws(AmtoolProblem) -> ToolInvocation {
        do throws(CommandLineProblem) {
            return try ToolInvocation.parse(line, .amtool, presets: environment.presets)
        } catch { throw AmtoolProblem(error.description) }
    }

    private static func help(_ words: [String], _ environment: AmtoolEnvironment) -> String {
        // `ktsdb routes` is amtool's `config routes`.
        let isOwn = environment.program != "amtool" && words.starts(with: ["config", "routes"])
        let name = [environment.program] + (isOwn ? Array(words.dropFirst()) : words)
        return ToolHelp.text(
            ToolSyntax.amtool.complete(words), name: name.joined(separator: " "), shared: ToolFlag.amtool,
            isOwn: environment.program != "amtool")
    }

    private func run(_ output: inout ToolOutput) throws(AmtoolProblem) {
        switch invocation.words {
        case ["alert", "query"]: try queryAlerts(&output)
        case ["alert", "add"]: try addAlert()
        case ["silence", "query"]: try querySilences(&output)
        case ["silence", "add"]: try addSilence(&output)
        case ["silence", "expire"]: try expireSilences()
        case ["silence", "update"]: try updateSilences(&output)
        case ["silence", "import"]: try importSilences(&output)
        case ["silence", "export"]: try exportSilences(&output)
        case ["config", "show"]: try showConfiguration(&output)
        case ["config", "routes", "show"]: try showRoutes(&output)
        case ["config", "routes", "test"]: try testRoutes(&output)
        case ["check-config"]: output.add(checkConfiguration())
        case ["cluster", "show"]: try showCluster(&output)
        case ["template", "render"]: try renderTemplate(&output)
        default: throw AmtoolProblem("\(invocation.words.joined(separator: " ")) is not a command of this program")
        }
    }

    private func checkConfiguration() -> ToolOutput {
        var options = ToolOptions()
        options.program = environment.program
        return AlertmanagerCheck(LintSelection(rules: "none"), environment.files, options).run(invocation.arguments)
    }

    // MARK: What commands share

    /// Whether this is a command of which amtool wants to know the server before anything else.
    func server() throws(AmtoolProblem) -> AmtoolServer {
        guard let address = invocation["alertmanager.url"] else {
            throw AmtoolProblem("required flag --alertmanager.url not provided", endsInEmptyLine: false)
        }
        guard let timeout = GoDurationText.parse(invocation["timeout"] ?? "30s") else {
            throw AmtoolProblem("time: invalid duration \(goQuoted(invocation["timeout"] ?? ""))")
        }
        if let file = invocation["http.config.file"], environment.files.kind(file) != .file {
            throw AmtoolProblem("path '\(file)' does not exist")
        }
        return try environment.connect(address, invocation["http.config.file"], timeout)
    }

    /// The arguments as matchers: a first one that is not a matcher is the name of an alert.
    var matcherTexts: [String] {
        var texts = invocation.arguments
        if let first = texts.first, (try? MatcherSyntax.fallback.matcher(first)) == nil {
            texts[0] = "alertname=\(goQuoted(first))"
        }
        return texts
    }

    static func matcher(_ text: String) throws(AmtoolProblem) -> Matcher {
        do throws(MatcherError) { return try MatcherSyntax.fallback.matcher(text) } catch {
            throw AmtoolProblem(error.description)
        }
    }

    /// Reads names with values, such as labels; `what` is how errors call them.
    static func pairs(_ texts: [String], _ what: String) throws(AmtoolProblem) -> KeyValues {
        var pairs: [(String, String)] = []
        for text in texts {
            let matcher = try matcher(text)
            guard matcher.operation == .equal else {
                throw AmtoolProblem("\(what) must be specified as key=value pairs")
            }
            pairs.append((matcher.name, matcher.value))
        }
        return KeyValues(pairs)
    }

    /// Reads a time in RFC 3339.
    static func time(_ text: String) throws(AmtoolProblem) -> WallTime {
        guard let time = TimeText.parse(text) else {
            let quoted = goQuoted(text), layout = "\"2006-01-02T15:04:05Z07:00\""
            throw AmtoolProblem("parsing time \(quoted) as \(layout): cannot parse \(quoted) as \"2006\"")
        }
        return time
    }

    /// A time of the API as the command shows it.
    func shown(_ time: JSONTree?) -> String {
        guard let time = time?.text.flatMap(TimeText.parse) else { return "" }
        return time.goTime.formatted(invocation["date.format"] ?? "2006-01-02 15:04:05 MST")
    }
}
