import KTSDBNotify
import KTSDBTools
import Testing

@Suite struct AmtoolCommandTests {
    @Test func `a query asks for active alerts if nothing else is said`() {
        let server = TestAlertmanager()
        _ = server.run("alert")
        _ = server.run("alert", "query", "Down", "a=~\"b c\"", "-is", "--receiver=x.*")
        #expect(
            server.requests.map(\.target) == [
                "/alerts?active=true&inhibited=false&silenced=false&unprocessed=false",
                "/alerts?active=false&filter=alertname%3D%22Down%22&filter=a%3D~%22b+c%22&inhibited=true&receiver=x.%2A"
                    + "&silenced=true&unprocessed=false",
            ])
    }

    @Test func `flags stand anywhere, and short ones together with their values`() {
        let server = TestAlertmanager((200, "{\"silenceID\":\"1\"}"), (200, "{\"silenceID\":\"2\"}"))
        let first = server.run("silence", "-cplanned", "add", "a=b", "-a", "ann", "--duration", "2h")
        #expect(first.code == 1 && first.errors.contains("unknown short flag '-c'"))
        let second = server.run("-o", "json", "silence", "add", "-cplanned", "a=b", "-aann", "--duration", "2h")
        #expect(second.output == "1\n" && second.code == 0)
        let third = server.run("silence", "add", "--no-require-comment", "--", "-x")
        #expect(third.output == "2\n")
        #expect(server.requests[1].body.contains(#""name":"alertname","value":"-x""#))
        #expect(server.requests[1].body.contains(#""createdBy":"kim""#))
    }

    @Test(arguments: [
        (["silence", "add", "a=b", "--comment"], "expected argument for flag '--comment'"),
        (["alert", "query", "--nosuch"], "unknown long flag '--nosuch'"),
        (["alert", "query", "-z"], "unknown short flag '-z'"),
        (["nosuch"], "expected command but got \"nosuch\""),
        (["template"], "must select a subcommand of 'template': render"),
        (["cluster", "show", "x"], "unexpected x"),
        (["-o", "yaml", "alert"], "enum value must be one of simple,extended,json, got 'yaml'"),
        (["silence", "query", "--within=soon"], "time: invalid duration \"soon\""),
        (
            ["alert", "add", "a", "--start=now"],
            "parsing time \"now\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"now\" as \"2006\""
        ),
        (["silence", "add", "a=b", "-c", "c", "-d", ""], "empty duration string"),
        (["silence", "add", "a=b", "-c", "c", "-d", "0s"], "silence duration must be greater than 0"),
        (
            ["silence", "add", "a=b", "-c", "c", "--start=2030-01-01T00:00:00Z", "--end=2029-01-01T00:00:00Z"],
            "silence cannot start after it ends"
        ),
        (["alert", "add", "x", "--annotation=a!=b"], "annotations must be specified as key=value pairs"),
    ])
    func `what is wrong is said in amtool's words`(_ line: [String], _ reason: String) {
        let server = TestAlertmanager()
        let output = AmtoolCommand.run(
            line,
            AmtoolEnvironment(now: TestAlertmanager.now, presets: ["alertmanager.url": "x"]) {
                (_, _, _) throws(AmtoolProblem) in
                AmtoolServer { (_, _, _) throws(AmtoolProblem) in (200, Array("[]".utf8)) }
            })
        #expect(output.errors == "ktsdb: error: \(reason)\n" && output.code == 1)
        #expect(server.requests.isEmpty)
    }

    @Test func `without an address amtool asks for one`() {
        let output = TestAlertmanager().run("alert", presets: [:])
        #expect(output.errors == "amtool: error: required flag --alertmanager.url not provided\n" && output.code == 1)
    }

    @Test func `presets of its configuration count where nothing is said`() {
        let server = TestAlertmanager((200, "{\"silenceID\":\"1\"}"))
        let presets = ["alertmanager.url": "http://x", "author": "team", "require-comment": "false", "output": "json"]
        #expect(server.run("silence", "add", "a=b", presets: presets).code == 0)
        #expect(server.requests[0].body.contains(#""createdBy":"team""#))
        #expect(server.run("alert", presets: presets).output == "[]\n")
        #expect(server.run("-o", "simple", "alert", presets: presets).output.hasPrefix("Alertname"))
    }

    @Test func `an error of the server is shown with its status`() {
        let server = TestAlertmanager((422, #"{"code":602,"message":"x in body is required"}"#), (503, "busy\n"))
        #expect(
            server.run("alert", "add", "x").errors == "amtool: error: [POST /alerts][422]  x in body is required\n\n")
        #expect(server.run("alert").errors == "amtool: error: [GET /alerts][503]  busy\n\n\n")
    }

    @Test func `help names commands and flags`() {
        let help = TestAlertmanager().run("silence", "--help").output
        #expect(help.contains("usage: amtool silence <command>") && help.contains("  export  Print all silences"))
        #expect(TestAlertmanager().run("silence", "add", "-h").output.contains("-d, --duration=1h"))
    }

    @Test func `silences of an answer are chosen by their ends`() {
        func silence(_ id: String, _ end: Int) -> String {
            let time = TimeText.milliseconds(TestAlertmanager.now + .seconds(end))
            return #"{"id":"\#(id)","endsAt":"\#(time)","createdBy":"kim","comment":"","matchers":[]}"#
        }
        let list =
            "[" + [("a", -7200), ("b", -60), ("c", 60), ("d", 7200)].map { silence($0, $1) }.joined(separator: ",")
            + "]"
        func ids(_ flags: String...) -> String {
            let server = TestAlertmanager((200, list))
            return AmtoolTestLine.run(server, ["silence", "query", "-q"] + flags).output.filter { $0 != "\n" }
        }
        #expect(ids() == "cd" && ids("--expired") == "ab" && ids("--within=1h") == "c")
        #expect(ids("--expired", "--within=1h") == "b" && ids("--created-by=ann") == "" && ids("--id=d") == "d")
    }
}

/// A command line in a list.
enum AmtoolTestLine {
    static func run(_ server: TestAlertmanager, _ line: [String]) -> ToolOutput {
        switch line.count {
        case 3: server.run(line[0], line[1], line[2])
        case 4: server.run(line[0], line[1], line[2], line[3])
        default: server.run(line[0], line[1], line[2], line[3], line[4])
        }
    }
}
