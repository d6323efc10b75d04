internal import ArgumentParser
internal import KTSDBAlerting
internal import KTSDBAlertingFiles
internal import KTSDBConfiguration
internal import KTSDBEngine
internal import KTSDBModel
internal import KTSDBRules
internal import KTSDBServer
internal import PrometheusWire

/// The options of commands that read rule files and a range of time.
struct RuleFileOptions: ParsableArguments {
    @Option(help: "A rule file; may be a pattern, and may be repeated.")
    var rules: [String] = []

    @Option(help: "Only rules of this name; may be repeated.")
    var rule: [String] = []

    @Option(
        help: """
            The first time: seconds since 1970 or RFC 3339. Default of a back-test: 30 days before --end, with --server \
            one day.
            """)
    var start: String?

    @Option(help: "The last time. Default: that of the newest sample, or now for a server.")
    var end: String?

    @Option(help: "How often rules are evaluated, such as 15s. Default: what their group says, or 1m.")
    var interval: String?

    /// Returns the groups of the files with the rules that `--rule` selects; groups without such a rule are left out.
    func groups() throws -> [RuleGroup] {
        guard !rules.isEmpty else { throw StartError("give a rule file with --rules") }
        let files: RuleFiles
        do throws(ConfigurationError) { files = try RuleFiles(matching: rules, RuleFile.Options()) } catch {
            throw StartError("\(error)")
        }
        for warning in files.warnings where files.groups.isEmpty { throw StartError(warning) }
        return files.groups.compactMap { group in
            var group = group
            if !rule.isEmpty { group.rules.removeAll { !rule.contains($0.name) } }
            return group.rules.isEmpty ? nil : group
        }
    }

    /// Returns the interval of a group: that of `--interval`, or that of the group.
    func interval(of group: RuleGroup) throws -> Duration {
        guard let interval else { return group.interval }
        let duration = try Self.reading { () throws(ParameterError) in try APIParameter.duration(interval) }
        guard duration > .zero else { throw StartError("--interval must be positive") }
        return duration
    }

    /// Returns the range of time; by default, the last `length` up to the newest sample of the database.
    func range(in database: Database, length: Duration) throws -> ClosedRange<PreciseTime> {
        let last = try end.map(Self.time) ?? database.statistics.maxTime ?? .now
        let first = try start.map(Self.time) ?? last - length
        guard first <= last else { throw StartError("--end is before --start") }
        return PreciseTime(first)...PreciseTime(last)
    }

    private static func time(_ text: String) throws -> Timestamp {
        try reading { () throws(ParameterError) in try APIParameter.time(text) }
    }

    private static func reading<Value>(_ read: () throws(ParameterError) -> Value) throws -> Value {
        do throws(ParameterError) { return try read() } catch { throw StartError("\(error)") }
    }

    /// The options with which rules are evaluated on a directory.
    static var options: RuleOptions {
        var options = RuleOptions()
        options.templates = GoRuleTemplates()
        return options
    }
}
