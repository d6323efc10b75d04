import KTSDBModel
import LogQL
import Testing

/// Random metric queries against the naive evaluation.
@Suite struct MetricModelTests {
    /// The steps of a range query: multiples, from the last at or before the start to the first at or after the end.
    private static func steps(_ request: LogRangeRequest) -> [Int64] {
        Array(
            stride(
                from: request.start / request.step * request.step,
                through: (request.end + request.step - 1) / request.step * request.step, by: Int(request.step)))
    }

    private static func isNear(_ a: Double, _ b: Double) -> Bool {
        a == b || (a.isNaN && b.isNaN) || abs(a - b) <= 1e-9 * max(1, max(abs(a), abs(b)))
    }

    /// Rounding may decide comparisons and ranks otherwise than in the model.
    private static func difference(_ mine: [Labels: Double], _ model: [Labels: Double]) -> String? {
        guard Set(mine.keys) == Set(model.keys) else { return "\(mine) instead of \(model)" }
        let wrong = mine.first { !isNear($0.value, model[$0.key] ?? .nan) }
        return wrong.map { "\($0.key): \($0.value) instead of \(model[$0.key] ?? .nan)" }
    }

    @Test(arguments: 0..<8) func `range queries are those of the model at each step`(block: UInt64) throws {
        var answered = 0, refused = 0
        for seed in block * 150..<(block + 1) * 150 {
            var generator = MetricQueryGenerator(seed: seed)
            var source = MemoryLogSource()
            for entry in generator.entries() { source.add(entry) }
            let expression = generator.expression(), request = generator.request()
            let model = NaiveEvaluation(entries: source.entries)
            let wanted = Self.steps(request).map { model.vector(expression, at: $0) }
            do throws(LogQLError) {
                let result = try LogQLEngine().query(expression, request, in: source)
                guard case .matrix(let series) = result.value else {
                    Issue.record("seed \(seed) gives no matrix")
                    continue
                }
                answered += 1
                for (time, wanted) in zip(Self.steps(request), wanted) {
                    var mine: [Labels: Double] = [:]
                    for series in series {
                        if let index = series.times.firstIndex(of: time) { mine[series.labels] = series.values[index] }
                    }
                    guard let wanted else {
                        Issue.record("seed \(seed) is answered, not refused: \(expression)")
                        break
                    }
                    if let difference = Self.difference(mine, wanted) {
                        Issue.record("seed \(seed) at \(time): \(difference)\n\(expression)")
                        break
                    }
                }
            } catch {
                refused += 1
                #expect(error.kind == .matching, "seed \(seed): \(error)")
                #expect(wanted.contains { $0 == nil }, "seed \(seed) is refused: \(error)")
            }
        }
        #expect(answered > 100 && refused > 0)
    }

    @Test func `an instant query is a step of a range query`() throws {
        for seed in UInt64(5000)..<5200 {
            var generator = MetricQueryGenerator(seed: seed)
            var source = MemoryLogSource()
            for entry in generator.entries() { source.add(entry) }
            let expression = generator.expression(), time = generator.request().start
            let wanted = NaiveEvaluation(entries: source.entries).vector(expression, at: time)
            do throws(LogQLError) {
                let result = try LogQLEngine().query(expression, LogInstantRequest(time: time), in: source)
                guard case .vector(let samples) = result.value else { continue }
                #expect(samples.allSatisfy { $0.time == time })
                let mine = Dictionary(samples.map { ($0.labels, $0.value) }) { first, _ in first }
                let difference = Self.difference(mine, wanted ?? [["refused": "1"]: 1])
                #expect(difference == nil, "seed \(seed)")
            } catch {
                #expect(wanted == nil, "seed \(seed): \(error)")
            }
        }
    }
}
