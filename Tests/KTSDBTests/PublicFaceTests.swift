import Foundation
import KTSDB
import KTSDBFoundation
import Testing

/// What an application sees with `import KTSDB` alone.
@Suite struct `The public face` {
    static let time = Timestamp(milliseconds: 1_700_000_000_000)

    @Test func `Values survive a round trip through JSON, and compare`() async throws {
        let database = Database.inMemory()
        let histogram = Histogram(
            schema: 1, count: 3, sum: 4.5, positive: HistogramBuckets(offset: 0, counts: [1, 2]))
        try await database.append { batch in
            batch.append(1.5, at: Self.time, to: ["__name__": "x", "job": "a \"b\""])
            batch.append(histogram, at: Self.time, to: ["__name__": "h"])
        }
        let view = database.readView(), engine = PromQLEngine()
        for query in ["x", "h", "1 + 1", "\"text\"", "x[5m]", "h[5m]", "x == 7"] {
            let value = try await engine.query(query, at: Self.time, in: view).value
            let data = try JSONEncoder().encode(value)
            #expect(try JSONDecoder().decode(QueryValue.self, from: data) == value, "\(query)")
        }
        let value = try await engine.query("x", at: Self.time, in: view).value
        #expect(value.description == #"x{job="a \"b\""} => 1.5 @[1700000000000]"#)
        let labels: Labels = ["__name__": "x", "job": "a"]
        #expect(String(decoding: try JSONEncoder().encode(["l": labels["job"]]), as: UTF8.self) == #"{"l":"a"}"#)
        #expect(try JSONDecoder().decode(Labels.self, from: try JSONEncoder().encode(labels)) == labels)
        let long = try JSONEncoder().encode(["n": String(repeating: "x", count: 1 << 24)])
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(Labels.self, from: long) }
    }

    @Test func `Values that are not finite survive JSON, as texts`() throws {
        let series = MatrixSeries(
            labels: ["n": "a"], timestamps: [1, 2, 3, 4].map(Timestamp.init(milliseconds:)),
            values: [.nan, .infinity, -.infinity, 1.5])
        let data = try JSONEncoder().encode(QueryValue.matrix([series]))
        #expect(String(decoding: data, as: UTF8.self).contains(#"["NaN","+Inf","-Inf",1.5]"#))
        let values = try JSONDecoder().decode(QueryValue.self, from: data).matrix?[0].values ?? []
        #expect(values.count == 4 && values[0].isNaN && Array(values[1...]) == [.infinity, -.infinity, 1.5])
        let point = SeriesPoint.float(Sample(timestamp: Self.time, value: .infinity))
        #expect(try JSONDecoder().decode(SeriesPoint.self, from: try JSONEncoder().encode(point)) == point)
        let histogram = SeriesPoint.histogram(
            HistogramSample(timestamp: Self.time, histogram: Histogram(count: 1, sum: .infinity)))
        #expect(try JSONDecoder().decode(SeriesPoint.self, from: try JSONEncoder().encode(histogram)) == histogram)
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(SeriesPoint.self, from: Data(#"{"timestamp":1,"value":"many"}"#.utf8))
        }
        let uneven = #"{"labels":{},"timestamps":[1],"values":[],"histogramTimestamps":[],"histograms":[]}"#
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(MatrixSeries.self, from: Data(uneven.utf8)) }
    }

    @Test func `Errors say what happened as localized descriptions, too`() async throws {
        let error = await #expect(throws: OpenError.self) { _ = try await Database.open(path: "/proc/version") }
        #expect(error?.localizedDescription.contains("/proc/version is not a directory") == true)
        try await withDirectory { path in
            let database = try await Database.open(path: path)
            let locked = await #expect(throws: OpenError.self) { _ = try await Database.open(path: path) }
            #expect(locked?.description.contains("open in this process already") == true)
            try await database.close()
            let closed = await #expect(throws: SnapshotError.self) { _ = try await database.snapshot() }
            #expect(closed == .closed)
        }
    }

    @Test func `Times and dictionaries convert`() {
        #expect(Self.time - (Self.time - .seconds(5)) == .seconds(5))
        #expect(Timestamp.latest - .earliest == .milliseconds(Int64.max))
        #expect(Labels(["b": "2", "a": "1", "c": ""]) == ["a": "1", "b": "2"])
    }

    @Test func `Accessors give the kind that a value is, and nil for others`() async throws {
        let view = Database.inMemory().readView(), engine = PromQLEngine()
        let scalar = try await engine.query("2 * 3", at: Self.time, in: view).value
        #expect(scalar.scalar == 6 && scalar.vector == nil && scalar.matrix == nil && scalar.string == nil)
        #expect(scalar.description == "scalar: 6 @[1700000000000]")
        let string = try await engine.query("'t'", at: Self.time, in: view).value
        #expect(string.string == "t" && string.scalar == nil)
        let vector = try await engine.query("vector(1)", at: Self.time, in: view).value
        #expect(vector.vector?.map(\.value) == [1] && vector.description == "{} => 1 @[1700000000000]")
    }

    @Test func `The newest point of a series is found in memory and in blocks`() async throws {
        try await withDirectory { path in
            let clock = ManualClock(Self.time)
            var configuration = Database.Configuration()
            configuration.clock = .manual(clock)
            configuration.runsMaintenance = false
            let database = try await Database.open(path: path, configuration: configuration)
            let up: Labels = ["__name__": "up", "job": "a"]
            #expect(try await database.newest(of: up) == nil)
            try await database.append { batch in
                batch.append(1, at: clock.now, to: up)
                batch.append(7, at: clock.now, to: ["__name__": "up", "job": "a", "more": "labels"])
            }
            let old = database.readView()
            _ = try await database.snapshot()
            #expect(try await database.newest(of: up)?.value == 1)
            clock.advance(by: .seconds(60))
            try await database.append { $0.append(2, at: clock.now, to: up) }
            #expect(try await database.newest(of: up) == .float(Sample(timestamp: clock.now, value: 2)))
            #expect(try old.newest(of: up)?.value == 1)
            try await database.append { batch in
                batch.append(Histogram(count: 0), at: clock.now + .seconds(1), to: up)
            }
            let newest = try await database.newest(of: up)
            #expect(newest?.value == nil && newest?.timestamp == clock.now + .seconds(1))
            try await database.close()
            let reopened = try await Database.open(path: path, configuration: configuration)
            #expect(try await reopened.newest(of: up)?.timestamp == clock.now + .seconds(1))
            try await reopened.close()
        }
    }

    @Test func `Commits are announced in their order, and end with the database`() async throws {
        let database = Database.inMemory()
        var iterator = database.commits.makeAsyncIterator()
        for value in 1...3 {
            try await database.append { $0.append(Double(value), at: Self.time + .seconds(value), to: ["a": "b"]) }
        }
        for sequence in 1...3 { #expect(await iterator.next()?.sequence == UInt64(sequence)) }
        try await database.close()
        #expect(await iterator.next() == nil)
        var late = database.commits.makeAsyncIterator()
        #expect(await late.next() == nil)
    }

    @Test func `A closed database says so, and closing again does nothing`() async throws {
        let database = Database.inMemory()
        try await database.close()
        try await database.close()
        await #expect(throws: AppendError.closed) {
            try await database.append { $0.append(1, at: .now, to: ["a": "b"]) }
        }
    }

    @Test func `A closure that throws stores nothing, also from a task`() async throws {
        struct Failure: Error {}
        let database = Database.inMemory()
        await #expect(throws: Failure.self) {
            try await database.append { batch in
                batch.append(1, at: .now, to: ["a": "b"])
                throw Failure()
            }
        }
        #expect(database.statistics.series == 0)
    }

    @Test func `Many tasks append at once`() async throws {
        let database = Database.inMemory()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<200 {
                group.addTask { try await database.append { $0.append(1, at: Self.time, to: ["task": "\(task)"]) } }
            }
            try await group.waitForAll()
        }
        #expect(database.statistics.appendedSamples == 200)
    }

    @Test func `Dates and timestamps are the same moments`() {
        let date = Date(timeIntervalSince1970: 1_700_000_000.25)
        #expect(Timestamp(date).milliseconds == 1_700_000_000_250 && Date(Timestamp(date)) == date)
        #expect(Timestamp(Date.distantPast).milliseconds < 0)
        #expect(Timestamp(Date(timeIntervalSince1970: 1e300)) == .latest)
        #expect(Timestamp(Date(timeIntervalSince1970: -1e300)) == .earliest)
        #expect(ClosedRange<Timestamp>(date...date) == Timestamp(date)...Timestamp(date))
    }

    @Test func `Errors have words for the system's numbers`() {
        let errors: [any Error] = [
            AppendError.file(path: "/d/wal/1.log", operation: "write", code: 5),
            ReadError.file(path: "/d/blocks/1.block", operation: "read", code: 5),
            SnapshotError.file(path: "/d/snapshots", operation: "link", code: 5),
            OpenError.file(path: "/d", operation: "open", code: 5),
        ]
        for error in errors {
            #expect("\(error)".contains("Input/output error") && !"\(error)".contains("error 5"), "\(error)")
        }
    }
}
