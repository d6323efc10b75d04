internal import ArgumentParser
internal import KTSDBEngine
internal import KTSDBModel
internal import KTSDBRules
internal import KTSDBServer
internal import PrometheusWire

/// Records what recording rules would have recorded in the past.
struct BackfillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backfill",
        abstract: "Record what recording rules would have recorded before they existed.",
        discussion: """
            Evaluates the recording rules of --rules one after the other over the whole range, so that a rule sees what \
            earlier rules have recorded, and stores their series: in the directory of a database that no server uses, \
            or in the server at --server, which records its own rules and needs --web.enable-admin-api. (Remote write \
            cannot do it: a server accepts only samples of the last hour.) Alerting rules are left out.

              ktsdb rules backfill --rules api.yml --start 2026-10-01T00:00:00Z data
              ktsdb rules backfill --rule job:errors:rate5m --start 2026-10-01T00:00:00Z --server URL
            """)

    @Argument(help: "The directory of a database.")
    var data: String?

    @Option(name: [.customLong("server"), .customLong("url")], help: "The server's URL, including its route prefix.")
    var server: String?

    @OptionGroup
    var files: RuleFileOptions

    func validate() throws {
        guard (data == nil) != (server == nil) else {
            throw ValidationError("give either the directory of a database or --server")
        }
        guard files.start != nil else { throw ValidationError("give --start, the first time to record") }
        guard server == nil || files.rules.isEmpty else {
            throw ValidationError("a server records its own rules: name them with --rule, without --rules")
        }
    }

    func run() async throws {
        if let server { print(try await ask(server), terminator: "") } else if let data { try record(data) }
    }

    private func ask(_ server: String) async throws -> String {
        var form = files.rule.map { (name: "rule", value: $0) }
        for (name, value) in [("start", files.start), ("end", files.end), ("interval", files.interval)] {
            if let value { form.append((name, value)) }
        }
        return try await ServerQuestion(server: server, path: "rules/backfill", form: form).ask()
    }

    private func record(_ directory: String) throws {
        let groups = try files.groups(), database = try StoredDatabase.writing(directory)
        defer { try? database.close() }
        let range = try files.range(in: database, length: .zero)
        var count = 0
        for group in groups {
            for case .recording(let rule) in group.rules {
                var backfill = RecordingBackfill(rule, options: RuleFileOptions.options)
                backfill.limit = group.limit
                if let offset = group.queryOffset { backfill.options.queryOffset = offset }
                do {
                    let report = try backfill.run(
                        over: range, interval: try files.interval(of: group), in: database)
                    print("\(rule.name): \(report)")
                } catch let error as RuleError { throw StartError("\(rule.name): \(error)") }
                count += 1
            }
        }
        if count == 0 { throw StartError("these files have no recording rule of that name") }
        do throws(StorageFault) { try database.close() } catch { throw StartError("\(error)") }
    }
}
