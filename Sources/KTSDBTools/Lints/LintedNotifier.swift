internal import KTSDBAlertingFiles
internal import KTSDBConfiguration
internal import KTSDBModel
internal import KTSDBNotify

/// Alertmanager's configuration as lints look at it: what it says, and in which line.
struct LintedNotifier: Sendable {
    /// The lines of the fields of a section, by name; that of the section itself by the empty name.
    typealias Lines = [String: Int]

    let file: String
    let configuration: NotifierConfiguration
    let routes: RouteTree
    let inhibitionRules: [InhibitionRule]
    /// By the numbers of the routes.
    private(set) var routeLines: [Lines] = []
    private(set) var inhibitionLines: [Lines] = []
    private(set) var receiverLines: [Lines] = []
    /// The lines of the time intervals, by name.
    private(set) var intervalLines: Lines = [:]
    let missingFiles: [FileReference]
    /// The variables that the text names, with their lines.
    let variables: [(name: String, line: Int)]

    /// Reads a configuration; nil if it is not valid. A variable counts as an address, which fits every text.
    init?(_ text: String, path: String, _ files: ToolFiles) {
        file = path
        let (replaced, variables) = Self.replaceVariables(text)
        self.variables = variables
        guard
            let configuration = try? NotifierConfiguration.read(
                replaced, file: path, variables: Variables([:]),
                readZone: TimeZoneFile.read),
            let plan = try? NotificationPlan(configuration),
            let document = (try? YAMLValue.firstDocument(replaced, file: path))?.value
        else { return nil }
        self.configuration = configuration
        routes = plan.routes
        inhibitionRules = plan.inhibitionRules
        missingFiles = FileReference.missing(in: document, files)
        addLines(document)
    }

    /// A finding about a place of the file.
    func finding(_ line: Int?, _ subject: String, why: String, fix: String) -> LintFinding {
        LintFinding(file: file, line: line ?? 0, subject: subject, why: why, fix: fix)
    }

    /// How a finding calls a route.
    func routeName(_ number: Int) -> String {
        number == 0
            ? "the root route"
            : "route \(routes.routes[number].matchers) to \(goQuoted(routes.routes[number].receiver))"
    }

    // MARK: Lines

    private mutating func addLines(_ document: YAMLValue) {
        for (key, value) in (try? document.pairs()) ?? [] {
            switch key {
            case "route": addRoute(value, depth: 0)
            case "inhibit_rules": inhibitionLines = Self.list(value).map(Self.lines)
            case "receivers": receiverLines = Self.list(value).map(Self.lines)
            case "time_intervals", "mute_time_intervals":
                for interval in Self.list(value) {
                    guard let name = try? LintedConfiguration.member(interval, "name")?.string() else { continue }
                    intervalLines[name] = interval.line
                }
            default: break
            }
        }
    }

    private mutating func addRoute(_ value: YAMLValue, depth: Int) {
        routeLines.append(Self.lines(value))
        guard depth < 100, let children = LintedConfiguration.member(value, "routes") else { return }
        for child in Self.list(children) { addRoute(child, depth: depth + 1) }
    }

    private static func list(_ value: YAMLValue) -> [YAMLValue] { ((try? value.list()) ?? []).filter { !$0.isNull } }

    private static func lines(_ value: YAMLValue) -> Lines {
        var lines = ["": value.line]
        for (key, value) in (try? value.pairs()) ?? [] { lines[key] = value.line }
        return lines
    }

    // MARK: Variables

    /// Finds `${NAME}` and `${NAME:-default}` outside of comments, and puts an address in the place of each.
    private static func replaceVariables(_ text: String) -> (String, [(name: String, line: Int)]) {
        var found: [(name: String, line: Int)] = []
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().map { index, line in
            guard !line.drop(while: { $0 == " " }).hasPrefix("#") else { return String(line) }
            return String(line).replacing(/\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-[^}]*)?\}/) { match in
                found.append((String(match.1), index + 1))
                return "http://variable.invalid"
            }
        }
        return (lines.joined(separator: "\n"), found)
    }
}
