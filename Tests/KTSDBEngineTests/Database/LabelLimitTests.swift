import KTSDBEngine
import KTSDBModel
import Testing

@Suite struct `Limits of labels in a database` {
    private static let long = Labels([("__name__", "m"), ("url", String(repeating: "x", count: 20_000))])
    private static let at = Timestamp(milliseconds: 1000)
    private static let range = at...(at + .seconds(60))

    /// Every way in which a batch takes labels.
    private static func appendAll(_ labels: Labels, to batch: inout Batch) {
        batch.append(1, at: at, to: labels)
        batch.append(2, at: at + .seconds(1), startedAt: at, to: labels)
        batch.append(Histogram(), at: at + .seconds(2), to: labels)
        let id = batch.series(labels)
        batch.append(3, at: at + .seconds(3), to: id)
        var columns = SampleColumns()
        columns.times.append(5000)
        columns.values.append(4)
        batch.append(0..<1, of: columns, toStringForm: labels.stringForm.span, onWire: Span())
    }

    @Test func `a series over them is refused, and its neighbours are stored`() throws {
        let database = Database.inMemory()
        defer { try? database.close() }
        let summary = try database.append { batch in
            batch.append(1, at: Self.at, to: ["__name__": "good"])
            Self.appendAll(Self.long, to: &batch)
            batch.append(Exemplar(labels: ["a": "b"], value: 1), at: Self.at, to: Self.long)
            batch.append(2, at: Self.at + .seconds(1), to: ["__name__": "good"])
        }
        #expect(summary.appended == 2)
        #expect(summary.rejections == [.labelLimit: 5])
        #expect(summary.exemplars.rejected == 1)
        #expect(try database.readView().labelValues(of: "__name__", in: Self.range) == ["good"])
        #expect(database.statistics.series == 1)
    }

    @Test func `can be taken away, and what was stored without them is read under them`() throws {
        var configuration = Database.Configuration()
        configuration.labelLimits = .none
        let database = Database.inMemory(configuration)
        defer { try? database.close() }
        let summary = try database.append { Self.appendAll(Self.long, to: &$0) }
        #expect(summary.appended == 5 && summary.rejected == 0)
        #expect(try database.readView().labelValues(of: "url", in: Self.range) == [Self.long["url"]!])
    }

    @Test func `labels that are none are said to be so`() throws {
        let database = Database.inMemory()
        defer { try? database.close() }
        let summary = try database.append { Self.appendAll(Labels(), to: &$0) }
        #expect(summary.appended == 0)
        #expect(summary.rejections == [.invalidLabels: 5])
    }
}
