import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import KTSDBTools
import Testing

@Suite struct `Queries of a directory` {
    private static func directory() throws -> TemporaryDirectory {
        let directory = TemporaryDirectory(), database = try Database(path: directory.path + "/data")
        _ = try database.append { batch in
            for second in 0..<10 {
                let time = Timestamp(milliseconds: Int64(second) * 1000 + 1_700_000_000_000)
                batch.append(Double(second), at: time, to: ["__name__": "m", "job": "a"])
                batch.append(1, at: time, to: ["__name__": "up", "job": "b"])
            }
        }
        try database.close()
        return directory
    }

    private static func run(_ directory: TemporaryDirectory, _ line: String...) -> ToolOutput {
        let data = "--data=\(directory.path)/data"
        return PromtoolCommand.run(["query"] + line + [data], TestPrometheus().environment(isPromtool: false))
    }

    @Test func `are answered at the time of the newest sample`() throws {
        let directory = try Self.directory()
        #expect(Self.run(directory, "instant", "m").output == "m{job=\"a\"} => 9 @[1700000009]\n")
        #expect(Self.run(directory, "instant", "m", "--time=1700000003").output == "m{job=\"a\"} => 3 @[1700000003]\n")
        let range = Self.run(directory, "range", "sum(m)", "--start=1700000007", "--step=2s", "-ojson").output
        #expect(range == #"[{"metric":{},"values":[[1700000007,"7"],[1700000009,"9"]]}]"# + "\n")
        #expect(Self.run(directory, "instant", "m[2s]").output.hasSuffix("8 @[1700000008]\n9 @[1700000009]\n"))
    }

    @Test func `list series and label values`() throws {
        let directory = try Self.directory()
        let series = Self.run(directory, "series", "--match={job=~\".+\"}", "--match=up")
        #expect(series.output == "{__name__=\"m\", job=\"a\"}\n{__name__=\"up\", job=\"b\"}\n")
        #expect(Self.run(directory, "series", "--match=up", "--end=1").output == "")
        #expect(Self.run(directory, "labels", "job").output == "a\nb\n")
        #expect(Self.run(directory, "labels", "job", "--match=up").output == "b\n")
    }

    @Test func `fail in a server's words`() throws {
        let directory = try Self.directory()
        let syntax = Self.run(directory, "instant", "sum(")
        #expect(syntax.code == 1 && syntax.errors.hasPrefix("query error: bad_data: invalid parameter \"query\": 1:"))
        let execution = Self.run(directory, "instant", "m * on() group_left up + on() up")
        #expect(execution.code == 0 && execution.errors == "")
        let selector = Self.run(directory, "series", "--match={")
        #expect(
            selector.code == 1 && selector.errors.hasPrefix("query error: bad_data: invalid parameter \"match[]\": "))
        let reversed = Self.run(directory, "labels", "job", "--start=2", "--end=1")
        #expect(reversed.errors == "query error: bad_data: end timestamp must not be before start time\n")
    }

    @Test func `need a directory with a database, and change nothing`() throws {
        let directory = TemporaryDirectory()
        let output = Self.run(directory, "instant", "m")
        #expect(output.code == 1 && output.errors.contains(directory.path))
        #expect(ToolFiles().kind(directory.path + "/data") == .missing)
    }
}
