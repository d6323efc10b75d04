import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Testing

@Suite(.serialized) struct `The commands that delete` {
    private static func open(_ data: String) throws -> Database {
        var configuration = Database.Configuration()
        configuration.runsMaintenance = false
        return try Database(path: data, configuration: configuration)
    }

    /// How many samples are shown.
    private static func count(_ data: String) throws -> Int {
        let database = try open(data), all = Timestamp(milliseconds: 0)...Timestamp(milliseconds: 1 << 40)
        let count = try database.readView().series(in: all).reduce(0) { try $0 + $1.samples().count }
        try database.close()
        return count
    }

    @Test func `hide, list, bring back and remove samples in a directory`() async throws {
        let directory = TemporaryDirectory(), data = directory.path + "/data"
        defer { withExtendedLifetime(directory) {} }
        let database = try Self.open(data)
        try database.append { batch in
            for minute in 1...10 as ClosedRange<Int64> {
                let time = Timestamp(milliseconds: minute * 60_000)
                for name in ["a", "b"] { batch.append(Double(minute), at: time, to: ["__name__": name, "i": "1"]) }
            }
        }
        try database.close()
        func run(_ command: String, _ arguments: String...) async throws -> (status: Int32, output: String) {
            let answer = try await ServerProcess.run(["tsdb", command, "--data", data] + arguments)
            return (answer.0, answer.1)
        }
        let deleted = try await run("delete", #"a{i="1"}"#, "--start", "120", "--end", "240")
        #expect(deleted.status == 0, "\(deleted.output)")
        let id = try #require(deleted.output.wholeMatch(of: /Deletion (\d+): the samples are hidden.\n/)?.1)
        #expect(try Self.count(data) == 17)
        let listed = try await run("deletions")
        #expect(listed.status == 0 && listed.output.hasPrefix("\(id)  {"), "\(listed.output)")
        #expect(listed.output.contains(#"i="1""#) && listed.output.contains("from 1970-01-01T00:02:00"))
        let undone = try await run("undelete", String(id))
        #expect(undone.status == 0 && undone.output == "Deletion \(id) is undone.\n")
        #expect(try Self.count(data) == 20)
        let unknown = try await run("undelete", String(id))
        #expect(unknown.status == 1 && unknown.output.contains("There is no deletion \(id)"), "\(unknown.output)")
        let removed = try await run("delete", "a", "b", "--start", "600", "--reclaim")
        #expect(removed.status == 0, "\(removed.output)")
        #expect(removed.output.hasSuffix("Removed samples: 2. Blocks: 0 removed, 1 written again.\n"))
        #expect(try Self.count(data) == 18)
        #expect(try await run("reclaim").output == "Removed samples: 0. Blocks: 0 removed, 0 written again.\n")
        #expect(try await run("deletions").output == "")
        #expect(try await run("reclaim", "--json").output.hasPrefix(#"{"removedSamples":0,"#))
        let inJSON = try await run("delete", "b", "--end", "60", "--json")
        #expect(inJSON.status == 0 && inJSON.output.hasPrefix(#"{"deletion":"#), "\(inJSON.output)")
        let list = try await run("deletions", "--json")
        #expect(
            list.output.contains(#""end":60000,"#) && list.output.contains(#""canBeUndone":true"#), "\(list.output)")
        let number = try #require(inJSON.output.firstMatch(of: /\d+/)?.0)
        #expect(try await run("undelete", String(number), "--json").output == "{\"undone\":\(number)}\n")
        #expect(try Self.count(data) == 18)
    }

    @Test func `refuse what they cannot do`() async throws {
        let directory = TemporaryDirectory(), data = directory.path + "/data"
        defer { withExtendedLifetime(directory) {} }
        for command in ["delete a", "undelete 1", "reclaim", "deletions"] {
            let parts = command.split(separator: " ").map(String.init)
            let answer = try await ServerProcess.run(["tsdb", parts[0], "--data", data] + parts.dropFirst())
            #expect(answer.0 == 1 && answer.1.contains(data), "\(answer.1)")
        }
        try Self.open(data).close()
        for (arguments, reason) in [
            (["a{"], "a{"), (["a", "--start", "soon"], "--start"), (["a", "--start", "2", "--end", "1"], "--end"),
            (["{}"], "at least one matcher"),
        ] {
            let answer = try await ServerProcess.run(["tsdb", "delete", "--data", data] + arguments)
            #expect(answer.0 == 1 && answer.1.contains(reason), "\(answer.1)")
        }
        let nothing = try await ServerProcess.run(["tsdb", "delete", "--data", data, "a"])
        #expect(nothing.0 == 0 && nothing.1.hasPrefix("Nothing is stored"), "\(nothing.1)")
    }
}
