internal import KTSDBModel

/// Arithmetic and comparisons between vectors: each series of one operand with the one of the other that it matches.
final class MatchedSeries: StepOperator {
    private struct Pair: Hashable {
        var many: Int
        var one: Int
    }

    private let calculation: BinaryCalculation
    private let matching: BinaryOperation.Matching
    private let left: any StepOperator
    private let right: any StepOperator
    private var signatures: SeriesSignatures
    private var results = SeriesNumbers()
    private var pairs: [Pair: Int] = [:]

    init(
        _ operation: BinaryOperation, _ calculation: BinaryCalculation, _ left: any StepOperator,
        _ right: any StepOperator
    ) {
        self.calculation = calculation
        self.left = left
        self.right = right
        matching = operation.matching ?? .init()
        signatures = SeriesSignatures(matching)
    }

    func points(at step: Int) throws(LogQLError) -> [StepPoint] {
        let leftPoints = try left.points(at: step), rightPoints = try right.points(at: step)
        let leftKeys = leftPoints.map { signatures.left($0.series, of: left) }
        let rightKeys = rightPoints.map { signatures.right($0.series, of: right) }
        return matching.cardinality == .oneToMany
            ? try match(many: rightPoints, rightKeys, one: leftPoints, leftKeys)
            : try match(many: leftPoints, leftKeys, one: rightPoints, rightKeys)
    }

    func labels(of series: Int) -> Labels { results.labels[series] }

    private func match(
        many: [StepPoint], _ manyKeys: [Int], one: [StepPoint], _ oneKeys: [Int]
    ) throws(LogQLError) -> [StepPoint] {
        let isSwapped = matching.cardinality == .oneToMany
        var partners: [Int: StepPoint] = [:]
        for (point, key) in zip(one, oneKeys) where partners.updateValue(point, forKey: key) != nil {
            throw LogQLError(
                .matching,
                "found duplicate series on the \(isSwapped ? "left" : "right") hand-side;many-to-many matching "
                    + "not allowed: matching labels must be unique on one side")
        }
        var points: [StepPoint] = []
        var usedKeys: Set<Int> = [], usedResults: Set<Int> = []
        for (point, key) in zip(many, manyKeys) {
            guard let partner = partners[key] else { continue }
            let (leftPoint, rightPoint) = isSwapped ? (partner, point) : (point, partner)
            guard
                let value = calculation.value(leftPoint.value, rightPoint.value, kept: leftPoint.value)
            else { continue }
            let series = result(of: Pair(many: point.series, one: partner.series))
            if matching.cardinality == .oneToOne, !usedKeys.insert(key).inserted {
                throw LogQLError(
                    .matching,
                    "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)")
            }
            guard usedResults.insert(series).inserted else {
                throw LogQLError(
                    .matching, "multiple matches for labels: grouping labels must ensure unique matches")
            }
            points.append(StepPoint(series: series, value: value))
        }
        return points
    }

    private func result(of pair: Pair) -> Int {
        if let number = pairs[pair] { return number }
        let isSwapped = matching.cardinality == .oneToMany
        var labels = (isSwapped ? right : left).labels(of: pair.many)
        if matching.cardinality == .oneToOne {
            labels = matching.isOn ? labels.keeping(only: matching.labels) : labels.removing(matching.labels)
        } else {
            let other = (isSwapped ? left : right).labels(of: pair.one)
            for name in matching.include { labels = labels.setting(name, to: other[name] ?? "") }
        }
        let number = results.number(of: labels)
        pairs[pair] = number
        return number
    }
}
