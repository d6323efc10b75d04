import KTSDBModel
import PromQL
import Testing

@Suite struct `Explaining a query` {
    let source = TableSource([
        "x{a=\"1\"}": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], "x{a=\"2\"}": [1, 1, 1, 1, 1, 1, 1, 1, 2, 3],
        "y{a=\"1\"}": [2, 2, 2, 2],
    ])

    private func explain(_ text: String) async throws -> QueryExplanation {
        let engine = testEngine()
        return try await engine.explain(
            engine.prepare(text), over: Timestamp(milliseconds: 300_000)...Timestamp(milliseconds: 540_000),
            step: .seconds(60),
            in: source)
    }

    @Test func `the plan says what each part gave`() async throws {
        let text = "sum by (a) (rate(x[2m])) / on (a) group_left () (y offset 3m) + 2"
        let explanation = try await explain(text)
        let root = explanation.plan
        #expect(root.operation == "+" && root.series == 1 && root.points == 5)
        let division = root.children[0]
        #expect(division.operation == "/ on (a) group_left ()" && root.children[1].operation == "2")
        let sum = division.children[0], selector = division.children[1]
        #expect(sum.operation == "sum by (a)" && sum.series == 2 && sum.points == 10 && sum.isInMemory)
        #expect(selector.operation == "{__name__=\"y\"} offset 3m" && selector.series == 1)
        let rate = sum.children[0]
        #expect(rate.operation == "rate" && rate.series == 2 && !rate.isInMemory)
        let window = rate.children[0]
        #expect(window.operation == "{__name__=\"x\"}[2m]" && window.series == 2)
        #expect(window.children.isEmpty)
        #expect(root.queryableSamples == explanation.result.statistics.queryableSamples)
        #expect(rate.queryableSamples + selector.queryableSamples == root.queryableSamples)
        #expect(root.time >= division.time && division.time >= sum.time && sum.time >= rate.time)
    }

    @Test(arguments: [
        "x", "x @ 60 + x", "sum(x) and max_over_time(x[2m:30s])", "topk(1, x)", "absent(z)", "scalar(y) * 3", "-x",
        "absent_over_time(z[1m])", "label_replace(x, \"b\", \"$1\", \"a\", \"(.)\")", "quantile(0.5, x)", "vector(1)",
        "count_values(\"v\", x)", "x unless y", "time()", "timestamp(x)", "histogram_quantile(0.5, x)", "info(x)",
    ])
    func `the answer is that of the query`(text: String) async throws {
        let explanation = try await explain(text)
        let engine = testEngine()
        let result = try engine.evaluate(
            try engine.expression(text), text: text,
            over: Timestamp(milliseconds: 300_000)...Timestamp(milliseconds: 540_000), step: .seconds(60), in: source)
        #expect(explanation.result.lines == result.lines)
        #expect(explanation.result.statistics.queryableSamples == result.statistics.queryableSamples)
        #expect(explanation.plan.queryableSamples == result.statistics.queryableSamples)
    }

    @Test func `as text it is a table with the tree at its right`() async throws {
        let text = try await explain("max(abs(x @ start()))").description
        let lines = text.split(separator: "\n")
        #expect(lines.count == 6)
        #expect(lines[0].hasPrefix("    time") || lines[0].contains("own time"))
        for (line, end) in zip(lines.dropFirst(), ["  once for all steps", "    max", "      abs"]) {
            #expect(line.hasSuffix(end) || line.hasSuffix(end.dropFirst(2)), "\(text)")
        }
        #expect(lines[5].contains("in memory at one time"))
    }

    @Test func `a vector at one time and a range vector are explained, too`() async throws {
        let time = Timestamp(milliseconds: 300_000)
        let engine = testEngine()
        let vector = try await engine.explain(engine.prepare("sum(x)"), at: time, in: source)
        #expect(vector.plan.operation == "sum" && vector.plan.children[0].points == 2)
        let matrix = try await engine.explain(engine.prepare("x[5m]"), at: time, in: source)
        #expect(matrix.plan.operation == "{__name__=\"x\"}[5m]" && matrix.plan.points == 10)
        let tooFar = Timestamp(milliseconds: .max), prepared = try engine.prepare("x")
        await #expect(throws: QueryError.self) { try await engine.explain(prepared, at: tooFar, in: source) }
    }
}
