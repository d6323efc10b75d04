import Foundation
import KTSDBTesting
import NIOHTTP1
import Testing

@Suite(.serialized) struct `The command notify test` {
    @Test func `sends to the receiver once, and with --dry-run only prints`() async throws {
        let stub = try await AlertStub(), directory = TemporaryDirectory(), path = directory.path + "/am.yml"
        defer { withExtendedLifetime(directory) {} }
        try """
        route: {receiver: other}
        receivers:
        - {name: hook, webhook_configs: [{url: 'http://\(stub.address)/hook'}]}
        - {name: other, webhook_configs: [{url: 'http://\(stub.address)/other'}]}
        """.write(toFile: path, atomically: true, encoding: .utf8)
        let arguments = ["notify", "test", "--config.file=\(path)", "--receiver=hook"]

        let (planned, preview) = try await ServerProcess.run(arguments + ["--dry-run"])
        #expect(planned == 0 && preview.hasPrefix("# hook/webhook[0]\nPOST "), "\(preview)")
        #expect(preview.contains("TestAlert") && !preview.contains("delivered"), "\(preview)")
        #expect(stub.count == 0)

        let (sent, output) = try await ServerProcess.run(arguments)
        #expect(sent == 0 && output.hasPrefix("# hook/webhook[0]\nPOST "), "\(output)")
        #expect(output.hasSuffix("hook/webhook[0]: delivered (status 200)\n"), "\(output)")
        #expect(stub.count == 1 && stub.text.contains(#""receiver":"hook""#) && stub.text.contains("TestAlert"))

        stub.answer(.internalServerError)
        let (refused, reason) = try await ServerProcess.run(arguments)
        #expect(refused == 1 && reason.contains("hook/webhook[0]: not delivered (status 500)"), "\(reason)")
        #expect(stub.count == 2)

        let (unknown, names) = try await ServerProcess.run(arguments.dropLast() + ["--receiver=nosuch"])
        #expect(unknown == 1 && names.contains("it has: hook, other"), "\(names)")
        #expect(stub.count == 2)
    }

    @Test func `and routes need no secrets to say what would be`() async throws {
        let directory = TemporaryDirectory(), path = directory.path + "/am.yml"
        defer { withExtendedLifetime(directory) {} }
        try """
        global: {slack_api_url: '${NO_SUCH_URL}'}
        route: {receiver: chat, group_wait: '${NO_SUCH_TIME}'}
        receivers: [{name: chat, slack_configs: [{channel: '#x'}]}]
        """.write(toFile: path, atomically: true, encoding: .utf8)
        let unset = "  UNSET: \(path):1: NO_SUCH_URL is not set\n  UNSET: \(path):2: NO_SUCH_TIME is not set\n"

        let (tested, routes) = try await ServerProcess.run(
            ["routes", "test", "--config.file=\(path)", "--allow-unset", "a=b"])
        #expect(tested == 0 && routes.contains("chat\n") && routes.contains(unset), "\(routes)")
        let (refused, reason) = try await ServerProcess.run(["routes", "test", "--config.file=\(path)", "a=b"])
        #expect(refused == 1 && reason.contains("\(path):1: the variable NO_SUCH_URL is not set"), "\(reason)")

        let arguments = ["notify", "test", "--config.file=\(path)", "--receiver=chat", "--dry-run"]
        let (planned, preview) = try await ServerProcess.run(arguments + ["--allow-unset"])
        #expect(planned == 0 && preview.contains("# chat/slack[0]\nPOST ") && preview.contains(unset), "\(preview)")
        let (stopped, missing) = try await ServerProcess.run(arguments)
        #expect(stopped == 1 && missing.contains("NO_SUCH_URL is not set"), "\(missing)")
    }
}
