import KTSDBNotify
import KTSDBTools
import Synchronization

/// A server for commands that notes what it was asked and answers what a test says.
final class TestAlertmanager: Sendable {
    struct Request: Equatable, Sendable {
        var method: String
        var target: String
        var body: String
    }

    private let seen = Mutex<[Request]>([])
    private let answers: Mutex<[(status: Int, body: String)]>
    static let now = WallTime(seconds: 1_800_000_000)

    /// The answers, in order; after them, 200 with an empty list.
    init(_ answers: (status: Int, body: String)...) { self.answers = Mutex(answers) }

    var requests: [Request] { seen.withLock { $0 } }

    private func answer(_ method: String, _ target: String, _ body: [UInt8]) -> AmtoolServer.Answer {
        seen.withLock {
            $0.append(Request(method: method, target: target, body: String(decoding: body, as: UTF8.self)))
        }
        let answer = answers.withLock { $0.isEmpty ? (200, "[]") : $0.removeFirst() }
        return (answer.0, Array(answer.1.utf8))
    }

    func run(
        _ line: String..., presets: [String: String] = ["alertmanager.url": "http://x"], program: String = "amtool",
        input: [UInt8] = [], root: String = "/nonexistent"
    ) -> ToolOutput {
        AmtoolCommand.run(
            line,
            AmtoolEnvironment(
                program: program, files: ToolFiles(root: root, input: { () throws(ToolFileError) in input }),
                userName: "kim", now: Self.now, presets: presets
            ) { [self] (_, _, _) throws(AmtoolProblem) in
                AmtoolServer { [self] (method, target, body) throws(AmtoolProblem) in answer(method, target, body) }
            })
    }
}
