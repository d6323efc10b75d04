package import KTSDBModel

/// What one rule of a job makes of the labels of a target.
package struct RelabelStep: Hashable, Sendable {
    /// The rule.
    package let rule: RelabelRule
    /// The labels after it; none once the target is dropped.
    package let output: Labels
    /// Whether the target is still there.
    package let keeps: Bool
}

extension ScrapeJob {
    /// Returns what each of its `relabel_configs` makes of these labels.
    package func relabelSteps(of labels: Labels) -> [RelabelStep] {
        var builder = LabelsBuilder(labels), keeps = true
        return targetRules.map { rule in
            keeps = keeps && builder.relabel([rule])
            let output: Labels? = keeps ? try? builder.build() : nil
            return RelabelStep(rule: rule, output: output ?? [:], keeps: keeps)
        }
    }
}
