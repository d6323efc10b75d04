internal import KTSDBModel

extension RecordingRule {
    /// Returns the step of an evaluation whose query returned `result`.
    public func evaluate(
        _ state: RuleState, _ result: Result<[RuleSample], RuleError>, in context: RuleContext
    ) -> RuleStep {
        do throws(RuleError) {
            let samples = try recorded(try result.get())
            guard context.limit <= 0 || samples.count <= context.limit else {
                throw .limit(context.limit, found: samples.count, isAlerting: false)
            }
            var next = state
            next.alerts = [:]
            next.written = WrittenSeries(series: Set(samples.map(\.labels)))
            return RuleStep(from: state, to: next, samples: samples, in: context)
        } catch {
            return RuleStep(error, state, in: context)
        }
    }

    /// Returns the samples with the rule's name and labels.
    /// - Throws: ``RuleError/duplicateSeries`` or ``RuleError/labelTooLong(_:)``.
    private func recorded(_ samples: [RuleSample]) throws(RuleError) -> [RuleSample] {
        var recorded = samples, seen: Set<Labels> = []
        for index in recorded.indices {
            var builder = LabelsBuilder(recorded[index].labels)
            builder.set("__name__", name)
            for label in labels { builder.set(label.name, label.text) }
            recorded[index].labels = try builder.checkedLabels()
            guard seen.insert(recorded[index].labels).inserted else { throw .duplicateSeries }
        }
        return recorded
    }
}

extension LabelsBuilder {
    /// Returns the labels.
    /// - Throws: ``RuleError/labelTooLong(_:)`` if one is too long.
    func checkedLabels() throws(RuleError) -> Labels {
        do throws(LabelTooLong) { return try build() } catch { throw .labelTooLong(error.description) }
    }
}
