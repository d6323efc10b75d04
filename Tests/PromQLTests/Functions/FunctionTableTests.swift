import Foundation
import KTSDBModel
import KTSDBTesting
import Testing

@testable import PromQL

@Suite struct FunctionTableTests {
    @Test func `the page of functions is that of the table`() throws {
        let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Documentation/functions.md")
        if ProcessInfo.processInfo.environment["KTSDB_WRITE_DOCUMENTATION"] != nil {
            try FunctionTable.page.write(to: page, atomically: true, encoding: .utf8)
        }
        let written = try String(contentsOf: page, encoding: .utf8)
        #expect(
            written == FunctionTable.page,
            "Run `KTSDB_WRITE_DOCUMENTATION=1 swift test --filter FunctionTableTests` to write it again.")
    }

    @Test func `each function has a name of its own and says what it means`() {
        #expect(Set(FunctionTable.all.map(\.name)).count == FunctionTable.all.count)
        for function in FunctionTable.all {
            #expect(function.meaning.hasSuffix("."), "\(function.name)")
            #expect(function.meaning.utf8.count <= 100, "\(function.name)")
            #expect(FunctionSignature.named(function.name) == function.signature)
        }
    }

    @Test func `each evaluator over windows and of values has a row`() {
        let functions: [VectorFunction] = FunctionTable.all.compactMap {
            if case .vector(let function) = $0.evaluation { function } else { nil }
        }
        for kernel in WindowFunction.allCases {
            #expect(functions.contains { if case .overWindow(kernel) = $0 { true } else { false } }, "\(kernel)")
        }
        for kernel in ElementWiseFunction.allCases {
            #expect(functions.contains { if case .elementWise(kernel) = $0 { true } else { false } }, "\(kernel)")
        }
        for kernel in CalendarFunction.allCases {
            #expect(functions.contains { if case .calendar(kernel) = $0 { true } else { false } }, "\(kernel)")
        }
        for kernel in HistogramFunction.allCases {
            #expect(functions.contains { if case .histogram(kernel) = $0 { true } else { false } }, "\(kernel)")
        }
    }

    @Test(arguments: FunctionTable.all.map(\.name))
    func `a function is evaluated, and has a result for what it takes alone`(name: String) throws {
        let function = try #require(FunctionTable[name])
        let arguments = function.parameters.filter {
            $0.repetition == .once || $0.type == .vector && !$0.isLabelSelector
        }
        let text = "\(name)(\(arguments.map(argument).joined(separator: ", ")))"
        for (metric, input) in [("floats", QueryFunction.Inputs.floats), ("histograms", .histograms)] {
            let result = try testEngine().result(text.replacing("METRIC", with: metric), at: 600, in: Self.source)
            switch function.evaluation {
            case .vector(.vector), .vector(.absent), .vector(.absentOverTime), .scalar, .constant:
                // They have a result whatever the samples are, or where there are none.
                continue
            case .vector(.startTimestamp), .vector(.histogramQuantile), .vector(.histogramQuantiles),
                .vector(.histogramFraction):
                // The floats that they take are buckets, or have start times.
                continue
            case .vector:
                #expect(!result.lines.isEmpty == function.takes.contains(input), "\(text) of \(metric)")
            }
        }
    }

    /// A series of floats and one of histograms, one sample a minute.
    private static let source: ReferenceDatabase = {
        var database = ReferenceDatabase()
        for minute in 0...10 {
            let time = Timestamp(milliseconds: Int64(minute) * 60_000), count = Double(minute + 1)
            database.append(count, at: time, to: Labels([("__name__", "floats")]))
            let histogram = Histogram(
                schema: 0, count: count, sum: 3 * count, positive: HistogramBuckets(offset: 0, counts: [count]))
            database.append(
                [TimedHistogram(timestamp: time, histogram: histogram)], to: Labels([("__name__", "histograms")]))
        }
        return database
    }()

    private func argument(_ parameter: QueryFunction.Parameter) -> String {
        switch parameter.type {
        case .vector: "METRIC"
        case .matrix: "METRIC[5m]"
        case .scalar: "0.5"
        case .string: "\"x\""
        }
    }
}
