import Foundation
import KTSDBModel
import KTSDBTools
import ProcessTesting
import Testing

/// The packaged promtool 2.42 and ours ask the same server; `URL` in a line is its address.
///
/// What is deliberately different, and so not among the cases:
///   - of 3.14: histograms are printed (2.42 prints `0 @[0]`), and a missing subcommand lists those to choose from;
///   - of 3.14: series are asked for with POST, which the errors name;
///   - an address without a scheme is one of HTTP, where promtool refuses it;
///   - durations may have units of days and more, `--format` more values, and `--server` may replace the argument;
///   - help texts, which are ours;
///   - errors that Go's JSON library words: answers that are not JSON, or not Prometheus'.
@Suite(.serialized) struct `Promtool and ours, asking the same server,` {
    private static let promtool = ["/usr/bin/promtool", "/usr/local/bin/promtool"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }
    /// Its absence is a failure where peers are required, else a skip that shows.
    private static let isRequired = ProcessInfo.processInfo.environment["KTSDB_REQUIRE_PEERS"] != nil

    /// Answers by the text of the query.
    private static let answers: [String: AnswerStub.Answer] = [
        "scalar": data(#"{"resultType":"scalar","result":[1700000000.5,"1e+300"]}"#),
        "vector": data(
            #"""
            {"resultType":"vector","result":[
            {"metric":{"__name__":"up","b":"x\"y<é","a":"1"},"value":[1700000000.123,"0.000001"]},
            {"metric":{},"value":[1700000000,"NaN"]},{"metric":{"__name__":"z"},"value":[5,"-Inf"]}]}
            """#),
        "matrix": data(
            #"""
            {"resultType":"matrix","result":[{"metric":{"__name__":"up","b":"2"},"values":[[1,"2"],[2.5,"3"]]},
            {"metric":{"__name__":"up","a":"2"},"values":[[1,"2"]]},{"metric":{"z":"1"},"values":[[1,"1"]]},
            {"metric":{},"values":[[1,"-0"],[2,"1e-7"]]},{"metric":{"__name__":"up"},"values":[[0.001,"123456789012"]]}]}
            """#),
        "empty": data(#"{"resultType":"vector","result":[]}"#),
        "none": data(#"{"resultType":"matrix","result":[]}"#),
        "bad": .init(400, #"{"status":"error","errorType":"bad_data","error":"1:1: parse error: \"x\" <é>"}"#),
        "fails": .init(422, #"{"status":"error","errorType":"execution","error":"boom"}"#),
        "missing": .init(404, "404 page not found\n"), "busy": .init(503, "Service Unavailable"),
        "slow": .init(503, #"{"status":"error","errorType":"timeout","error":"slow"}"#), "broken": .init(500, ""),
        "secret": .init(401, "Unauthorized\n"), "inconsistent": .init(400, #"{"status":"success","data":[]}"#),
        "moved": .init(302, ""),
    ]

    private static func data(_ text: String) -> AnswerStub.Answer {
        AnswerStub.Answer(200, #"{"status":"success","data":\#(text)}"#)
    }

    private static func stub() async throws -> AnswerStub {
        try await AnswerStub { _, target, body in
            if target.hasSuffix("/metrics") { return AnswerStub.Answer(200, "up 1\n") }
            if target.contains("/series") { return data(#"[{"__name__":"up","b":"<x","a":"é"},{"q":"1"}]"#) }
            if target.contains("/label/") {
                return AnswerStub.Answer(200, #"{"status":"success","data":["a","<b","c\nd"],"warnings":["hm"]}"#)
            }
            let query = body.split(separator: "&").first { $0.hasPrefix("query=") }?.dropFirst("query=".count)
            return answers[String(query ?? "")] ?? AnswerStub.Answer(200, "{}")
        }
    }

    static let lines: [String] =
        answers.keys.sorted().flatMap {
            ["query instant URL \($0) --time=1", "query instant -o json URL/pre \($0)"]
        } + [
            "query range URL matrix --start=0 --end=10", "query range URL matrix --start=0 --end=10 --step=90m -o json",
            "query range URL bad --start=1", "query series URL --match=up --match=z --start=1 --end=2",
            "query series URL --match=up -o json", "query labels URL __name__", "query labels URL a -o json --match=up",
            "query range URL matrix --start=5 --end=3", "query range URL matrix --start=x",
            "query range URL matrix --end=x", "query instant URL up --time=z", "query labels URL a --start=x",
            "query labels URL a --end=2026-01-01", "query instant URL scalar --time=2026-01-01T00:00:00.5+01:00",
            "query range URL up --step=1", "query range URL up --step=x", "query range URL up --step=1q",
            "query range URL up --header=x", "query range URL matrix --header=a=b --header=c:d --end=5",
            "query instant URL", "query instant", "query", "query foo", "query series URL", "query labels URL",
            "query instant -o xyz URL up --nosuch", "query instant URL up extra", "query instant -z URL up",
            "debug metrics URL", "debug", "debug foo", "debug metrics", "nosuch", "check", "check foo", "test",
        ]

    @Test(.enabled(if: isRequired || promtool != nil, "promtool is not installed"), arguments: lines)
    func `say the same`(line: String) async throws {
        let promtool = try #require(Self.promtool), stub = try await Self.stub()
        defer { withExtendedLifetime(stub) {} }
        let words = line.replacing("URL", with: stub.url).split(separator: " ").map(String.init)
        let directories = [try Self.directory(), try Self.directory()]
        defer { for directory in directories { try? FileManager.default.removeItem(atPath: directory) } }
        let theirs = try await ChildProcess.run(promtool, words, in: directories[0])
        var options = ToolOptions()
        options.generation = .classic
        options.program = "promtool"
        let environment = PromtoolEnvironment(files: ToolFiles(root: directories[1]), options: options)
        let ours = await OwnThread.run { PromtoolCommand.run(words, environment) }
        #expect(ours.output == theirs.output)
        #expect(ours.errors == theirs.errors)
        #expect(ours.code == theirs.status)
    }

    private static func directory() throws -> String {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("ktsdb-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    @Test(.enabled(if: isRequired || promtool != nil, "promtool is not installed"))
    func `end alike when nobody listens`() async throws {
        let promtool = try #require(Self.promtool)
        for line in [["query", "instant", "http://127.0.0.1:1/a", "up"], ["debug", "metrics", "http://127.0.0.1:1"]] {
            let directory = try Self.directory()
            defer { try? FileManager.default.removeItem(atPath: directory) }
            let theirs = try await ChildProcess.run(promtool, line, in: directory)
            let ours = await OwnThread.run {
                PromtoolCommand.run(line, PromtoolEnvironment(files: ToolFiles(root: directory)))
            }
            #expect(ours.errors == theirs.errors && ours.code == theirs.status)
        }
    }
}
