import KTSDBTools
import Testing

@Suite struct RouteCommandTests {
    private static let status = #"""
        {"cluster":{"status":"disabled","peers":[]},"uptime":"2027-01-15T08:00:00.000Z","versionInfo":{"version":"0.34.0"},
        "config":{"original":"global: {slack_api_url: <secret>}\nroute:\n  receiver: a\n  routes:\n  - {receiver: b, matchers: [x=1], continue: true, routes: [{receiver: c, matchers: [y=1]}]}\n  - {receiver: a, match_re: {x: '1|2'}}\nreceivers: [{name: a}, {name: b}, {name: c}]\n"}}
        """#

    private func run(_ line: String...) -> ToolOutput {
        let server = TestAlertmanager((200, Self.status))
        return line.count == 3
            ? server.run(line[0], line[1], line[2])
            : line.count == 4
                ? server.run(line[0], line[1], line[2], line[3])
                : server.run(line[0], line[1], line[2], line[3], line[4])
    }

    @Test func `routes of a server are shown, though secrets are masked`() {
        #expect(
            run("config", "routes", "show").output
                == "Routing tree:\n.\n└── default-route  receiver: a\n    ├── {x=\"1\"}  continue: true  receiver: b\n"
                + "    │\u{A0}\u{A0} └── {y=\"1\"}  receiver: c\n    └── {x=~\"^(?:1|2)$\"}  receiver: a\n\n")
    }

    @Test func `an alert's routes are shown as far as they go`() {
        #expect(run("config", "routes", "test", "x=1").output == "b,a\n")
        #expect(run("config", "routes", "test", "x=1", "y=1").output == "c,a\n")
        #expect(
            run("config", "routes", "test", "--tree", "x=2").output
                == "Matching routes:\n.\n└── default-route\n    └── {x=~\"^(?:1|2)$\"}  receiver: a\n\n\na\n")
        let wrong = run("config", "routes", "test", "--verify.receivers=c", "x=2")
        #expect(
            wrong.code == 1 && wrong.output.hasSuffix("WARNING: Expected receivers did not match resolved receivers.\n")
        )
    }

    @Test func `one of file and address is needed`() {
        let output = TestAlertmanager().run("config", "routes", presets: [:])
        #expect(
            output.errors == "amtool: error: You have to specify one of --config.file or --alertmanager.url flags.\n")
    }
}
