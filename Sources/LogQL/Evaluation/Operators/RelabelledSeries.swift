internal import KTSDBModel

/// `label_replace`: series with one label set from the value of another.
///
/// Two series may get the same labels; both remain.
final class RelabelledSeries: StepOperator {
    private let replacement: LabelReplacement
    private let operand: any StepOperator
    private var known: [Int: Labels] = [:]

    init(_ replacement: LabelReplacement, _ operand: any StepOperator) {
        self.replacement = replacement
        self.operand = operand
    }

    func points(at step: Int) throws(LogQLError) -> [StepPoint] { try operand.points(at: step) }

    func labels(of series: Int) -> Labels {
        if let labels = known[series] { return labels }
        let labels = relabelled(operand.labels(of: series))
        known[series] = labels
        return labels
    }

    private func relabelled(_ labels: Labels) -> Labels {
        let form = labels.stringForm
        let text = labels.valueRange(of: replacement.source).map { Array(form[$0]) } ?? []
        guard let captures = replacement.expression.captures(whole: text.span) else { return labels }
        let value = replacement.expression.expand(replacement.replacement, captures: captures, in: text.span)
        var builder = LabelsBuilder(labels)
        builder.set(Array(replacement.destination.utf8), value)
        // A replacement that is too long for a label leaves the series as it is.
        return (try? builder.build()) ?? labels
    }
}
