internal import ArgumentParser
internal import KTSDBConfiguration
internal import KTSDBEngine
internal import KTSDBServer
internal import PrometheusWire

/// Says what retention would remove, in a directory or in a running server.
struct RetentionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retention",
        abstract: "Say what limits on time and size, and retention rules, would remove.",
        discussion: """
            Nothing is changed. Of a directory (--data) that no server uses, the limits are those of the options, and \
            the rules those of --ktsdb.config.file. Of a running server (--server, with --web.enable-admin-api), they \
            are those in force; options replace them, so that a change can be tried before it is made. Samples that \
            are not in blocks yet are not counted.
            """)

    @Option(help: "The directory of the database.")
    var data: String?

    @Option(help: "The server's URL, including its route prefix.")
    var server: String?

    @Option(name: .customLong("time"), help: "How long samples are kept, such as 30d.")
    var time: String?

    @Option(help: "How much the database may take, such as 200GB.")
    var size: String?

    @Option(help: "Which part of its disk the database may take, in percent.")
    var percentage: String?

    @Option(name: .customLong("ktsdb.config.file"), help: "The file of ktsdb's own settings, for its retention_rules.")
    var settings: String?

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard (data == nil) != (server == nil) else {
            throw ValidationError("Give either --data or --server.")
        }
    }

    func run() async throws {
        let preview = try await answer()
        print(preview, terminator: preview.hasSuffix("\n") ? "" : "\n")
    }

    private func answer() async throws -> String {
        if let server {
            var form: [(name: String, value: String)] = []
            for (name, value) in [("time", time), ("size", size), ("percentage", percentage)] {
                if let value { form.append((name, value)) }
            }
            if settings != nil { form.append(("rules", try rules().json)) }
            let question = ServerQuestion(
                server: server, path: "admin/tsdb/retention/preview", form: form, wantsText: !json)
            return try await question.ask()
        }
        let limits: RetentionLimits, rules = try rules()
        do throws(RetentionLimitProblem) {
            limits = try RetentionLimits(
                RetentionLimits(rules: rules), time: time ?? "", size: size ?? "",
                percentage: percentage ?? "", rules: "")
        } catch { throw StartError("--\(error.name): \(error.reason)") }
        let database = try StoredDatabase.reading(data ?? "")
        defer { try? database.close() }
        do throws(RetentionPreviewError) {
            let preview = try database.retentionPreview(limits)
            guard json else { return preview.text }
            var writer = JSONWriter()
            writer.preview(preview)
            return writer.text
        } catch { throw StartError("\(error)") }
    }

    /// The rules of ktsdb's own settings, if an option names them.
    private func rules() throws -> RetentionRules {
        do throws(ConfigurationError) {
            return try Settings.load(path: settings ?? "")[RetentionRuleSettings.self].rules
        } catch { throw StartError("\(error)") }
    }
}
