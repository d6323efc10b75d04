import KTSDBModel
import KTSDBTesting
import Testing

@Suite struct `Limits of labels` {
    private static func text(_ count: Int) -> String { String(repeating: "x", count: count) }

    @Test func `what is at a limit is within it, and one byte more is not`() {
        let limits = LabelLimits(labelsPerSeries: 3, nameBytes: 10, valueBytes: 300, seriesBytes: 330)
        func excess(_ labels: Labels) -> LabelExcess.Limit? { limits.excess(of: labels)?.limit }
        #expect(excess(["__name__": "m", "b": "1", "c": "2"]) == nil)
        #expect(excess(["__name__": "m", "b": "1", "c": "2", "d": "3"]) == .labelsPerSeries)
        #expect(excess(Labels([(Self.text(10), "1")])) == nil)
        #expect(excess(Labels([(Self.text(11), "1")])) == .nameBytes)
        #expect(excess(Labels([("a", Self.text(300))])) == nil)
        #expect(excess(Labels([("a", Self.text(301))])) == .valueBytes)
        #expect(excess(Labels([("a", Self.text(300)), ("b", Self.text(28))])) == nil)
        #expect(excess(Labels([("a", Self.text(300)), ("b", Self.text(29))])) == .seriesBytes)
    }

    @Test func `without limits anything goes`() {
        let labels = Labels((0..<500).map { ("name\($0)", Self.text($0 * 100)) })
        #expect(LabelLimits.none.excess(of: labels) == nil)
        #expect(LabelLimits.standard.excess(of: labels)?.limit == .valueBytes)
    }

    @Test func `an error names the metric, the label, what it has and what it may have`() throws {
        let limits = LabelLimits.standard
        let long = try #require(
            limits.excess(of: Labels([("__name__", "up"), ("url", Self.text(20_000))])))
        #expect(
            long.description
                == #"label value too long (metric: "up", label name: "url", length: 20000, limit: 16384)"#)
        let name = try #require(limits.excess(of: Labels([("__name__", Self.text(20_000))])))
        #expect(name.metric == Self.text(50) && name.label == "__name__" && name.description.utf8.count < 200)
        let many = try #require(limits.excess(of: Labels((0..<200).map { ("l\($0)", "1") })))
        #expect(many.description == #"too many labels (metric: "", number of labels: 200, limit: 128)"#)
    }

    /// Against a walk over the labels as strings.
    @Test(arguments: 0..<20) func `agree with what the labels say`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            func limit(_ range: ClosedRange<Int>) -> Int? {
                Bool.random(using: &random) ? Int.random(in: range, using: &random) : nil
            }
            let limits = LabelLimits(
                labelsPerSeries: limit(0...12), nameBytes: limit(0...40), valueBytes: limit(0...600),
                seriesBytes: limit(0...900))
            let labels = Labels(
                (0..<Int.random(in: 0...12, using: &random)).map { _ in
                    (
                        Self.text(Int.random(in: 1...40, using: &random)),
                        Self.text([1, 2, 250, 300, 600].randomElement(using: &random)!)
                    )
                })
            let total = labels.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
            let isOver =
                labels.count > limits.labelsPerSeries ?? .max || total > limits.seriesBytes ?? .max
                || labels.contains {
                    $0.name.utf8.count > limits.nameBytes ?? .max || $0.value.utf8.count > limits.valueBytes ?? .max
                }
            #expect((limits.excess(of: labels) != nil) == isOver)
        }
    }
}
