internal import ArgumentParser
internal import KTSDBServer

/// Prints why an alert fires or does not, and which receivers it is sent to and when.
struct ExplainAlertCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say why an alert fires or does not, and which receivers it is sent to and when.",
        discussion: """
            Asks a server: each operand of the rule's expression with its series, the state of its alerts, what it did \
            in the last hour; with the notifier of the same process also routes, silences, inhibition, time intervals \
            and the next notification. With --time, looks at the past, from stored samples.
            """)

    @Argument(help: "The name of the alert.")
    var name: String

    @Option(
        name: [.customLong("server"), .customLong("alertmanager.url")],
        help: "The server's URL, including its route prefix.")
    var server = "http://127.0.0.1:9090"

    @Option(help: "The time to look at: seconds since 1970 or RFC 3339. Default: now.")
    var time: String?

    @Option(help: "Only alerts with these labels, as a selector: '{instance=\"a\"}'.")
    var labels: String?

    @Option(help: "The group of the rule, if several have the name.")
    var group: String?

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        var form = [(name: "rule", value: name)]
        for (name, value) in [("time", time), ("labels", labels), ("group", group)] {
            if let value { form.append((name, value)) }
        }
        let question = ServerQuestion(server: server, path: "alerting/explain", form: form, wantsText: !json)
        print(try await question.ask(), terminator: "")
    }
}
