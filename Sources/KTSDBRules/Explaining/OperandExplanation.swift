internal import KTSDBModel

/// What one operand of an expression gives at a time.
public struct OperandExplanation: Hashable, Sendable {
    /// What the operand is for.
    public var kind: ExpressionOperand.Kind
    /// The operand as its author would write it.
    public var text: String
    /// How many series it gives; those that are NaN, and histograms, among them.
    public var seriesCount = 0
    /// How many of them are NaN, which no comparison lets through.
    public var nanCount = 0
    /// The smallest value that is a number; nil without any.
    public var minimum: Double?
    /// The largest value that is a number.
    public var maximum: Double?
    /// Some of the series.
    public var samples: [RuleSample] = []
    /// Why the operand cannot be evaluated.
    public var error: String?
    /// For a comparison that lets nothing through: the series that comes nearest.
    public var nearest: RuleSample?
    /// Its own operands, or the selectors in it.
    public var parts: [OperandExplanation] = []

    init(_ operand: ExpressionOperand, _ result: Result<[RuleSample], RuleError>, sampleLimit: Int) {
        kind = operand.kind
        text = operand.text
        switch result {
        case .failure(let failure): error = failure.description
        case .success(let samples):
            seriesCount = samples.count
            let numbers = samples.lazy.filter { $0.histogram == nil && !$0.value.isNaN }.map(\.value)
            nanCount = samples.count { $0.histogram == nil && $0.value.isNaN }
            minimum = numbers.min()
            maximum = numbers.max()
            self.samples = Array(samples.prefix(sampleLimit))
        }
    }

    /// Whether the operand is a number, the same at all times.
    var isNumber: Bool { Double(text) != nil }
}

extension OperandExplanation {
    /// Finds the series of the left side that comes nearest to a number on the right side, or the other way round.
    mutating func findNearest(_ left: [RuleSample], _ right: [RuleSample]) {
        guard case .comparison(let operation) = kind, seriesCount == 0, error == nil, parts.count == 2 else { return }
        if parts[1].isNumber, let threshold = right.first?.value {
            nearest = Self.nearest(left, to: threshold, wantsMore: operation.hasPrefix(">"))
        } else if parts[0].isNumber, let threshold = left.first?.value {
            nearest = Self.nearest(right, to: threshold, wantsMore: operation.hasPrefix("<"))
        }
    }

    private static func nearest(_ samples: [RuleSample], to threshold: Double, wantsMore: Bool) -> RuleSample? {
        samples.lazy.filter { $0.histogram == nil && !$0.value.isNaN }.min { one, other in
            let distances = [one, other].map { ($0.value - threshold).magnitude }
            // Of several that are infinitely far, the one on the better side.
            return distances[0] == distances[1]
                ? (wantsMore ? one.value > other.value : one.value < other.value) : distances[0] < distances[1]
        }
    }
}
