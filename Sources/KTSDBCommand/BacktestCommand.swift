internal import ArgumentParser
internal import KTSDBEngine
internal import KTSDBModel
internal import KTSDBRules
internal import KTSDBServer
internal import PrometheusWire

/// Prints when alerting rules would have fired.
struct BacktestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backtest",
        abstract: "Say when alerting rules would have fired, with other values of `for` and other thresholds, too.",
        discussion: """
            With a directory, which no server may be using, tries the rules of --rules on its samples; otherwise asks the \
            server at --server to try one of its own rules. Nothing is changed. --for and --threshold may be repeated: \
            each combination is tried, side by side.

              ktsdb rules backtest --rules api.yml --rule APIDown --for 1m --for 5m data
              ktsdb rules backtest --rule HighErrorRate --threshold 0.01 --threshold 0.05 --server URL
            """)

    @Argument(help: "The directory of a database.")
    var data: String?

    @Option(name: [.customLong("server"), .customLong("url")], help: "The server's URL, including its route prefix.")
    var server: String?

    @OptionGroup
    var files: RuleFileOptions

    @Option(help: "An expression, instead of rules.")
    var query: String?

    @Option(
        name: .customLong("for"), help: "Instead of what the rule says; may be repeated.", transform: FlagDuration.init)
    var holds: [FlagDuration] = []

    @Option(help: "Instead of the number that the expression is compared with; may be repeated.")
    var threshold: [Double] = []

    func validate() throws {
        guard (data == nil) != (server == nil) else {
            throw ValidationError("give either the directory of a database or --server")
        }
        guard server == nil || files.rules.isEmpty else {
            throw ValidationError("a server tries its own rules: name one with --rule, without --rules")
        }
        guard query == nil || files.rules.isEmpty && files.rule.isEmpty else {
            throw ValidationError("--query is tried instead of rules: leave out --rules and --rule")
        }
        guard server == nil || files.rule.count == 1 || query != nil else {
            throw ValidationError("with --server, name one rule with --rule, or give an expression with --query")
        }
    }

    func run() async throws {
        if let server { print(try await ask(server), terminator: "") } else if let data { try test(data) }
    }

    // MARK: A server

    private func ask(_ server: String) async throws -> String {
        var form: [(name: String, value: String)] = []
        for (name, value) in [
            ("rule", files.rule.first), ("query", query), ("start", files.start), ("end", files.end),
            ("interval", files.interval),
        ] {
            if let value { form.append((name, value)) }
        }
        form += holds.map { ("for", PrometheusDuration.format($0.value)) }
        form += threshold.map { ("threshold", "\($0)") }
        return try await ServerQuestion(server: server, path: "rules/backtest", form: form).ask()
    }

    // MARK: A directory

    private func test(_ directory: String) throws {
        let database = try StoredDatabase.reading(directory)
        defer { try? database.close() }
        let variants = BacktestVariant.combinations(for: holds.map(\.value), thresholds: threshold)
        let range = try files.range(in: database, length: .seconds(86_400 * 30)), view = database.readView()
        var count = 0
        for (group, rule) in try rules() {
            var test = RuleBacktest(rule, options: RuleFileOptions.options)
            test.limit = group.limit
            if let offset = group.queryOffset { test.options.queryOffset = offset }
            do {
                let reports = try test.compare(
                    variants, over: range, interval: try files.interval(of: group), in: view)
                if count > 0 { print() }
                print(BacktestComparison(rule: rule, variants: variants, reports: reports), terminator: "")
            } catch let error as RuleError { throw StartError("\(rule.name): \(error)") }
            count += 1
        }
        if count == 0 { throw StartError("these files have no alerting rule of that name") }
    }

    private func rules() throws -> [(group: RuleGroup, rule: AlertingRule)] {
        if let query {
            return [
                (
                    RuleGroup(name: "backtest", interval: .seconds(60), rules: []),
                    AlertingRule(name: "backtest", expression: query)
                )
            ]
        }
        return try files.groups().flatMap { group in group.rules.compactMap(\.alerting).map { (group, $0) } }
    }
}
