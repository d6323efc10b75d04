internal import KTSDBModel

/// The result of one operand of an expression at one time.
public struct OperandExplanation: Hashable, Sendable {
    /// The kind of the operand.
    public var kind: ExpressionOperand.Kind
    /// The operand as its author would write it.
    public var text: String
    /// How many series it returns, including NaN values and histograms.
    public var seriesCount = 0
    /// How many of the series are NaN.
    public var nanCount = 0
    /// The smallest value that is not NaN or a histogram; nil without such a value.
    public var minimum: Double?
    /// The largest value that is not NaN or a histogram; nil without such a value.
    public var maximum: Double?
    /// The first series of the result, up to a limit.
    public var samples: [RuleSample] = []
    /// Why the operand cannot be evaluated; nil if it can.
    public var error: String?
    /// For a comparison with a number that returns no series: the series whose value is nearest to the number.
    public var nearest: RuleSample?
    /// The operands of the operand, or the selectors in it.
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

    /// Whether the operand is a number literal.
    var isNumber: Bool { kind == .other && Double(text) != nil }
}

extension OperandExplanation {
    /// Sets ``nearest`` if the operand is a comparison of series with a number, on either side, and returns no series.
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
            // Of several at the same distance, such as infinitely far, the one on the side that the comparison wants.
            return distances[0] == distances[1]
                ? (wantsMore ? one.value > other.value : one.value < other.value) : distances[0] < distances[1]
        }
    }
}
