import CLibrary

/// Why a duration of a running query has no usable value.
public struct DurationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public var message: String
    /// Where, as UTF-8 byte offsets in the text.
    public var range: SourceRange
    /// `START:END: MESSAGE`, in byte offsets, as Prometheus prints it.
    public var description: String { "\(range.lowerBound):\(range.upperBound): \(message)" }
}

extension DurationExpression {
    /// The most seconds that fit into 64 bits of nanoseconds.
    static let secondLimit = 9_223_372_036.854775807

    /// The duration in milliseconds, cut towards zero.
    ///
    /// - Parameters:
    ///   - step: the value of `step()`, in milliseconds.
    ///   - queryRange: the value of `range()`, in milliseconds.
    ///   - allowingNegative: true for offsets; windows and steps must be positive.
    /// - Returns: milliseconds.
    /// - Throws: ``DurationError`` if the value is not a time span, or not one that is allowed.
    public func milliseconds(step: Int64, queryRange: Int64, allowingNegative: Bool) throws(DurationError) -> Int64 {
        if case .literal(let literal) = self {
            // The parser has checked its bounds. Nanoseconds round, then milliseconds cut: 4.018 is 4018 ms.
            return Int64(clampingToWhole: (literal.value * 1e9).rounded(.toNearestOrAwayFromZero)) / 1_000_000
        }
        let seconds = try seconds(step: Double(step) / 1000, queryRange: Double(queryRange) / 1000)
        guard seconds.isFinite else { throw error("duration is NaN or infinite") }
        guard allowingNegative || seconds > 0 else { throw error("duration must be greater than 0") }
        guard abs(seconds) <= Self.secondLimit else { throw error("duration is out of range") }
        return Int64(clampingToWhole: seconds * 1000)
    }

    private func error(_ message: String) -> DurationError { DurationError(message: message, range: sourceRange) }

    private func seconds(step: Double, queryRange: Double) throws(DurationError) -> Double {
        switch self {
        case .literal(let literal): return literal.value
        case .negated(let inner, _): return try -inner.seconds(step: step, queryRange: queryRange)
        case .parentheses(let inner, _): return try inner.seconds(step: step, queryRange: queryRange)
        case .step: return step
        case .range: return queryRange
        case .minimum(let a, let b, _):
            let left = try a.seconds(step: step, queryRange: queryRange)
            let right = try b.seconds(step: step, queryRange: queryRange)
            return left.isNaN || right.isNaN ? .nan : Swift.min(left, right)
        case .maximum(let a, let b, _):
            let left = try a.seconds(step: step, queryRange: queryRange)
            let right = try b.seconds(step: step, queryRange: queryRange)
            return left.isNaN || right.isNaN ? .nan : Swift.max(left, right)
        case .binary(let operation, let a, let b, _):
            let left = try a.seconds(step: step, queryRange: queryRange)
            let right = try b.seconds(step: step, queryRange: queryRange)
            switch operation {
            case .add: return left + right
            case .subtract: return left - right
            case .multiply: return left * right
            case .divide:
                if right == 0 { throw error("division by zero") }
                return left / right
            case .modulo:
                if right == 0 { throw error("modulo by zero") }
                return fmod(left, right)
            case .power: return pow(left, right)
            }
        }
    }
}

extension Int64 {
    /// The whole part of `value`; the nearest `Int64` when it is too large, 0 for NaN.
    init(clampingToWhole value: Double) {
        if let exact = Int64(exactly: value.rounded(.towardZero)) {
            self = exact
        } else {
            self = value.isNaN ? 0 : value < 0 ? .min : .max
        }
    }
}
