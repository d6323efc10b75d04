import KTSDBModel
import LogQL
import Testing

/// Log queries: order, limits, and which lines are one.
@Suite struct LogQueryTests {
    static let all = LineQuery(matchers: [])

    static func lines(
        _ source: MemoryLogSource, _ request: LogRangeRequest, _ query: LineQuery = all
    ) throws -> [String] {
        guard case .streams(let streams) = try LogQLEngine().query(.lines(query), request, in: source).value else {
            return []
        }
        return streams.flatMap(\.lines).map { String(decoding: $0.line, as: UTF8.self) }
    }

    private static let source: MemoryLogSource = {
        var source = MemoryLogSource()
        source.add(["app": "a"], 10, "first")
        source.add(["app": "a"], 10, "second")
        source.add(["app": "a"], 20, "third")
        source.add(["app": "a"], 10, "second")
        source.add(["app": "a"], 30, "fourth")
        return source
    }()

    @Test func `lines at one time keep the order of arrival, and backward have the other`() throws {
        let forward = try Self.lines(Self.source, LogRangeRequest(start: 0, end: 100, direction: .forward))
        #expect(forward == ["first", "second", "third", "fourth"])
        #expect(try Self.lines(Self.source, LogRangeRequest(start: 0, end: 100)) == forward.reversed())
    }

    @Test func `the start is included and the end is not`() throws {
        #expect(try Self.lines(Self.source, LogRangeRequest(start: 20, end: 30)) == ["third"])
        #expect(try Self.lines(Self.source, LogRangeRequest(start: 21, end: 31)) == ["fourth"])
    }

    @Test func `the limit counts the lines of all streams, from the end that comes first`() throws {
        var source = Self.source
        source.add(["app": "b"], 25, "other")
        let request = LogRangeRequest(start: 0, end: 100, limit: 3)
        #expect(try Set(Self.lines(source, request)) == ["fourth", "other", "third"])
        let none = LogRangeRequest(start: 0, end: 100, limit: 0)
        #expect(try Self.lines(source, none) == [])
    }

    @Test func `the source is not read any further than the limit`() throws {
        let result = try LogQLEngine().query(
            .lines(Self.all), LogRangeRequest(start: 0, end: 100, limit: 2), in: Self.source)
        #expect(result.statistics.linesProcessed == 2)
        #expect(result.statistics.entriesReturned == 2 && result.statistics.streams == 1)
        #expect(result.statistics.bytesProcessed == "fourththird".utf8.count)
    }

    @Test func `the interval thins out the lines within the limit`() throws {
        var request = LogRangeRequest(start: 0, end: 100, interval: 10, direction: .forward)
        #expect(try Self.lines(Self.source, request) == ["first", "third", "fourth"])
        request.interval = 15
        #expect(try Self.lines(Self.source, request) == ["first", "fourth"])
        request.direction = .backward
        #expect(try Self.lines(Self.source, request) == ["fourth", "second"])
        request.limit = 2
        #expect(try Self.lines(Self.source, request) == ["fourth"])
    }

    @Test func `labels are put together, or come in categories`() throws {
        var source = MemoryLogSource()
        source.add(["app": "a"], 1, "x", ["id": "1"])
        source.add(["app": "a"], 2, "y", ["id": "2"])
        func streams(_ categorizes: Bool) throws -> [ResultStream] {
            let request = LogRangeRequest(start: 0, end: 9, direction: .forward, categorizesLabels: categorizes)
            guard case .streams(let streams) = try LogQLEngine().query(.lines(Self.all), request, in: source).value
            else { return [] }
            return streams
        }
        #expect(
            try streams(false) == [
                ResultStream(labels: ["app": "a", "id": "1"], lines: [ResultLine(time: 1, line: Array("x".utf8))]),
                ResultStream(labels: ["app": "a", "id": "2"], lines: [ResultLine(time: 2, line: Array("y".utf8))]),
            ])
        #expect(
            try streams(true) == [
                ResultStream(
                    labels: ["app": "a"],
                    lines: [
                        ResultLine(time: 1, line: Array("x".utf8), metadata: ["id": "1"]),
                        ResultLine(time: 2, line: Array("y".utf8), metadata: ["id": "2"]),
                    ])
            ])
    }

    @Test func `lines that have become equal are shown once`() throws {
        var source = Self.source
        source.add(["app": "b"], 10, "first")
        let query = LineQuery(matchers: [], stages: [.lineFormat("same")])
        let request = LogRangeRequest(start: 0, end: 100, direction: .forward)
        guard case .streams(let streams) = try LogQLEngine().query(.lines(query), request, in: source).value else {
            return
        }
        #expect(streams.map(\.lines.count) == [3, 1])
        #expect(streams[0].lines.map(\.time) == [10, 20, 30])
    }

    @Test func `a log query is not an instant query`() {
        #expect(throws: LogQLError.self) {
            try LogQLEngine().query(.lines(Self.all), LogInstantRequest(time: 0), in: Self.source)
        }
    }
}
