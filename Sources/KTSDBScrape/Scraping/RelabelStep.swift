package import KTSDBModel

/// The effect of one rule of a job on the labels of a target.
package struct RelabelStep: Hashable, Sendable {
    /// The rule.
    package let rule: RelabelRule
    /// The labels after the rule; empty once the target is dropped.
    package let output: Labels
    /// Whether the target is still kept after the rule.
    package let keeps: Bool
}

extension ScrapeJob {
    /// Returns the effect of each of the job's `relabel_configs` on these labels, in order.
    package func relabelSteps(of labels: Labels) -> [RelabelStep] {
        var builder = LabelsBuilder(labels), keeps = true
        return targetRules.map { rule in
            keeps = keeps && builder.relabel([rule])
            let output: Labels? = keeps ? try? builder.build() : nil
            return RelabelStep(rule: rule, output: output ?? [:], keeps: keeps)
        }
    }
}
