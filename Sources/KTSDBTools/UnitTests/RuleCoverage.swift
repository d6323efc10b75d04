internal import KTSDBAlertingFiles
internal import KTSDBModel
internal import KTSDBRules
internal import PromQL

/// Which rules unit tests look at: alerts by name, recorded series by the expressions that read them.
struct RuleCoverage {
    /// How well a rule is tested.
    private enum Degree: Int, Comparable {
        case none, silent, full

        static func < (left: Degree, right: Degree) -> Bool { left.rawValue < right.rawValue }
    }

    private struct Place: Hashable, Comparable {
        var file: String
        var line: Int
        var name: String

        static func < (left: Place, right: Place) -> Bool { (left.file, left.line) < (right.file, right.line) }
    }

    private var degrees: [Place: (degree: Degree, name: String)] = [:]

    /// Adds a file of tests and the rule files that it names.
    mutating func add(_ tests: RuleTestFile, _ ruleFiles: [(path: String, text: String)], _ options: ToolOptions) {
        let rules = ruleFiles.flatMap { path, text in self.rules(path, text, options) }
        let engine = PromQLEngine(options.engine)
        var read = tests.tests.flatMap(\.expressionTests).compactMap { try? engine.prepare($0.expression).expression }
        var touched: [Int: Degree] = [:]
        for (index, entry) in rules.enumerated() {
            guard let alert = entry.rule.alerting else { continue }
            let own = tests.tests.flatMap(\.alertTests).filter { $0.alertName == alert.name }
            guard !own.isEmpty else { continue }
            touched[index] = own.contains { !$0.alerts.isEmpty } ? .full : .silent
            if let expression = entry.expression { read.append(expression) }
        }
        // A rule that a tested rule reads is tested with it.
        while let expression = read.popLast() {
            for (index, entry) in rules.enumerated() where touched[index] == nil && entry.isRead(by: expression) {
                touched[index] = .full
                if let expression = entry.expression { read.append(expression) }
            }
        }
        for (index, entry) in rules.enumerated() {
            let degree = max(touched[index] ?? .none, degrees[entry.place]?.degree ?? .none)
            degrees[entry.place] = (degree, entry.name)
        }
    }

    private struct Entry {
        var place: Place
        var name: String
        var rule: Rule
        var expression: Expression?

        /// Whether an expression selects what the rule makes.
        func isRead(by other: Expression) -> Bool {
            other.allSelectors.contains { selector in
                if rule.alerting != nil {
                    let isAlerts = ["ALERTS", "ALERTS_FOR_STATE"].contains(selector.metric)
                    let name = selector.matchers.first { $0.name == "alertname" }
                    return isAlerts && (name.map { $0.matches(Array(rule.name.utf8).span) } ?? true)
                }
                return selector.matchers.filter { $0.name == "__name__" }
                    .allSatisfy { $0.matches(Array(rule.name.utf8).span) }
            }
        }
    }

    private func rules(_ path: String, _ text: String, _ options: ToolOptions) -> [Entry] {
        guard let file = try? RuleFileReading(options).read(text, file: path) else { return [] }
        let engine = PromQLEngine(options.engine), places = RulePlaces.read(text, file: path)
        return zip(file.groups, places).flatMap { group, places in
            zip(group.rules, places).enumerated().map { number, pair in
                let (rule, lines) = pair
                let line = lines[rule.alerting == nil ? "record" : "alert"] ?? lines[""] ?? 0
                return Entry(
                    place: Place(file: path, line: line, name: rule.name),
                    name: "group \(goQuoted(group.name)), rule \(number + 1), \(goQuoted(rule.name))", rule: rule,
                    expression: try? engine.prepare(rule.expression).expression)
            }
        }
    }

    /// For each rule file how many rules are tested, and which are not.
    var text: String {
        var text = "Coverage:\n"
        for file in Set(degrees.keys.map(\.file)).sorted() {
            let entries = degrees.filter { $0.key.file == file }.sorted { $0.key < $1.key }
            let tested = entries.count { $0.value.degree == .full }
            text += "  \(file): \(tested) of \(entries.count) rules\n"
            for (place, entry) in entries where entry.degree != .full {
                let why = entry.degree == .none ? "no test touches it" : "tests look at it, and none expects it to fire"
                text += "    \(file):\(place.line): \(entry.name): \(why)\n"
            }
        }
        return text
    }
}
