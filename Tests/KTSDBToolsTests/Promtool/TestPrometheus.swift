import KTSDBModel
import KTSDBTools
import Synchronization

/// A server for commands that notes what it was asked and answers what a test says.
final class TestPrometheus: Sendable {
    private let seen = Mutex<[ToolServer.Request]>([])
    private let answers: Mutex<[ToolServer.Answer]>
    static let now = Timestamp(milliseconds: 1_800_000_000_000)

    /// The answers, in order; the last one is given again and again.
    init(_ answers: (status: Int, body: String)...) {
        self.answers = Mutex(answers.map { ToolServer.Answer($0.status, Array($0.body.utf8)) })
    }

    /// A server that answers with this as `data`.
    convenience init(data: String) { self.init((200, #"{"status":"success","data":\#(data)}"#)) }

    var requests: [ToolServer.Request] { seen.withLock { $0 } }
    /// The requests as `METHOD target body`.
    var lines: [String] { requests.map { "\($0.method) \($0.target) \(String(decoding: $0.body, as: UTF8.self))" } }

    /// The world of a command that asks this server, whatever the address.
    func environment(
        isPromtool: Bool = true, files: ToolFiles = ToolFiles(root: "/nonexistent"),
        options: ToolOptions = ToolOptions()
    ) -> PromtoolEnvironment {
        PromtoolEnvironment(files: files, options: options, isPromtool: isPromtool, now: Self.now, columns: 72) {
            [self] (address, _, _) throws(ConnectionProblem) in
            ToolServer(address: address.base) { [self] request throws(ConnectionProblem) in
                seen.withLock { $0.append(request) }
                return answers.withLock { $0.count > 1 ? $0.removeFirst() : $0.first ?? ToolServer.Answer(200, []) }
            }
        }
    }

    func run(_ line: String..., isPromtool: Bool = true) -> ToolOutput {
        PromtoolCommand.run(line, environment(isPromtool: isPromtool))
    }
}
