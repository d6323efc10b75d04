import KTSDBEngine
import KTSDBModel
import KTSDBRules
import KTSDBTesting
import PromQL
import Testing

@Suite struct `Backfills of recording rules` {
    private static let start = PreciseTime(nanoseconds: 1_700_000_000_000_000_000)

    private func values(_ database: Database, _ query: String, steps: Int) throws -> [Double] {
        let engine = PromQLEngine(), first = Self.start.timestamp
        let result = try engine.evaluate(
            try engine.prepare(query).expression, over: first...(first + .seconds(15 * (steps - 1))),
            step: .seconds(15), in: database.readView())
        guard case .matrix(let series) = result.value else { return [] }
        return series.first.map { Array($0.values) } ?? []
    }

    private func fill(_ database: Database, steps: Int) throws {
        try database.append { batch in
            for step in 0..<steps {
                let time = (Self.start + .seconds(15 * step)).timestamp
                batch.append(Double(step), at: time, to: ["__name__": "m", "i": "a"])
                if step < 100 { batch.append(1, at: time, to: ["__name__": "m", "i": "b"]) }
            }
        }
    }

    @Test func `record what the rule would have recorded, although the series have newer samples`() throws {
        let database = Database.inMemory(), steps = 3000
        try fill(database, steps: steps + 100)
        let rule = RecordingRule(name: "m:sum", expression: "sum(m)", labels: ["x": "y"])
        // What the running rule has recorded since it exists.
        try database.append { batch in
            for step in steps..<(steps + 100) {
                batch.append(
                    Double(step), at: (Self.start + .seconds(15 * step)).timestamp, to: ["__name__": "m:sum", "x": "y"])
            }
        }
        let range = Self.start...(Self.start + .seconds(15 * (steps - 1)))
        let report = try RecordingBackfill(rule).run(over: range, interval: .seconds(15), in: database)
        #expect(report.samples == steps && report.rejected.isEmpty && report.failures.isEmpty, "\(report)")
        let all = try values(database, "m:sum", steps: steps + 100)
        #expect(try all == values(database, "sum(m)", steps: steps + 100))
        // The rule that runs continues.
        let next = (Self.start + .seconds(15 * (steps + 100))).timestamp
        let summary = try database.append { $0.append(7, at: next, to: ["__name__": "m:sum", "x": "y"]) }
        #expect(summary.appended == 1)
        // Again is the same.
        #expect(try RecordingBackfill(rule).run(over: range, interval: .seconds(15), in: database).rejected.isEmpty)
        #expect(try values(database, "m:sum", steps: steps + 100) == all)
    }

    @Test func `series that end get a marker, and the next rule sees what the one before recorded`() throws {
        let database = Database.inMemory()
        try fill(database, steps: 200)
        let range = Self.start...(Self.start + .seconds(15 * 199))
        let first = RecordingRule(name: "first", expression: "m{i='b'} + 0"),
            second = RecordingRule(name: "second", expression: "first * 2")
        for rule in [first, second] {
            _ = try RecordingBackfill(rule).run(over: range, interval: .seconds(15), in: database)
        }
        // For five minutes, the last sample of `b` is found.
        #expect(try values(database, "second", steps: 200) == Array(repeating: 2, count: 100 + 19))
    }

    @Test func `a long time in the past survives closing and opening`() throws {
        let files = MemoryFileSystem()
        var configuration = Database.Configuration()
        configuration.runsMaintenance = false
        configuration.outOfOrderWindow = .zero
        var database = try Database(files: files, path: "/d", configuration: configuration)
        let steps = 5760
        try fill(database, steps: steps)
        let rule = RecordingRule(name: "r", expression: "m{i='a'} * 1")
        _ = try RecordingBackfill(rule).run(
            over: Self.start...(Self.start + .seconds(15 * (steps - 1))), interval: .seconds(15), in: database)
        try database.close()
        database = try Database(files: files, path: "/d", configuration: configuration)
        #expect(try values(database, "r", steps: steps) == (0..<steps).map(Double.init))
        try database.readView().verify()
        try database.close()
    }
}
