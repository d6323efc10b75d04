import KTSDBModel
import Testing

@testable import KTSDBRules

@Suite struct `Recording rules` {
    let context = RuleContext(time: PreciseTime(nanoseconds: 5_000_000_000), queryOffset: .seconds(1))

    @Test func `The rule's labels replace those of the result, an empty one removes`() {
        let rule = RecordingRule(name: "r", expression: "m", labels: ["a": "", "b": "new"])
        let samples = [RuleSample(labels: ["__name__": "m", "a": "1", "b": "2", "c": "3"], value: 4)]
        let step = rule.evaluate(RuleState(), .success(samples), in: context)
        #expect(step.samples == [RuleSample(labels: ["__name__": "r", "b": "new", "c": "3"], value: 4)])
        #expect(step.time.milliseconds == 4000)
    }

    @Test func `Equal labels and too many series are errors, and nothing is stored`() {
        let rule = RecordingRule(name: "r", expression: "m", labels: ["a": "x"])
        let samples = (1...2).map { RuleSample(labels: ["a": "\($0)"], value: 0) }
        let step = rule.evaluate(RuleState(), .success(samples), in: context)
        #expect(step.error?.description == "vector contains metrics with the same labelset after applying rule labels")
        let plain = RecordingRule(name: "r", expression: "m")
        let over = plain.evaluate(
            RuleState(), .success(samples), in: RuleContext(time: context.time, limit: 1))
        #expect(over.error?.description == "exceeded limit of 1 with 2 series" && over.samples.isEmpty)
    }

    @Test func `A series that is missing ends, one evaluation that fails ends nothing`() {
        let rule = RecordingRule(name: "r", expression: "m")
        let samples = (1...2).map { RuleSample(labels: ["a": "\($0)"], value: 0) }
        let first = rule.evaluate(RuleState(), .success(samples), in: context)
        let failed = rule.evaluate(first.state, .failure(.notVector), in: context)
        #expect(failed.endedSeries.isEmpty && failed.error?.description == "rule result is not a vector or scalar")
        let last = rule.evaluate(failed.state, .success([samples[0]]), in: context)
        #expect(last.endedSeries == [["__name__": "r", "a": "2"]])
    }
}
