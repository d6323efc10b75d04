import Foundation
import KTSDBTesting
import Testing

@Suite struct `The command that checks ktsdb's own settings` {
    @Test func `prints the sections of a file, or its first mistake`() async throws {
        let directory = TemporaryDirectory()
        defer { withExtendedLifetime(directory) {} }
        func check(_ text: String) async throws -> (status: Int32, output: String, file: String) {
            let file = directory.path + "/ktsdb.yml"
            try text.write(toFile: file, atomically: true, encoding: .utf8)
            let answer = try await ServerProcess.run(["check", "settings", file])
            return (answer.0, answer.1, file)
        }
        let good = try await check(
            """
            rollup_rules:
            - {name: minutes, matchers: ['{job="node"}'], interval: 5m}
            retention_rules: [{name: short, matchers: [a], keep: 2d}]
            """)
        #expect(good.status == 0)
        #expect(good.output == "\(good.file) SUCCESS: retention_rules, rollup_rules\n")
        let empty = try await check("")
        #expect(empty.status == 0 && empty.output == "\(empty.file) SUCCESS: no settings\n")
        let bad = try await check(
            """
            rollup_rules:
            - {name: minutes, matchers: ['{job="node"}'], interval: 5m}
            - {name: seconds, matchers: ['{job="node"}'], interval: 1s}
            """)
        #expect(bad.status == 1)
        #expect(bad.output.hasPrefix("\(bad.file) FAILED: "), "\(bad.output)")
        #expect(bad.output.contains("line 3") || bad.output.contains(":3"), "\(bad.output)")
        let missing = try await ServerProcess.run(["check", "settings", directory.path + "/none.yml"])
        #expect(missing.0 == 1 && missing.1.contains("none.yml"), "\(missing.1)")
    }
}
