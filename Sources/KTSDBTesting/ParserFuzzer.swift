internal import KTSDBModel
internal import PromQL

/// Feeds random texts to the parser and reports what it does wrong.
///
/// The texts are valid expressions in odd spellings, damaged ones, tokens in any order, and arbitrary bytes. A valid
/// expression must be printed, in one line and in many, as one with the same tree; errors must have places within the
/// text.
package struct ParserFuzzer {
    private var generator: ExpressionGenerator
    /// How many texts were tried, and how many of them were valid expressions.
    package private(set) var texts = 0, expressions = 0

    package init(seed: UInt64) { generator = ExpressionGenerator(seed: seed) }

    /// How a text is made.
    package enum Recipe: CaseIterable { case expression, damagedExpression, tokens, bytes }

    /// Tries one text.
    /// - Returns: The problem, including the text; nil if all is well.
    package mutating func next(_ recipe: Recipe) -> String? {
        texts += 1
        let text = text(recipe)
        do throws(ParseErrors) {
            let expression = try parse(utf8: text, options: .everything)
            expressions += 1
            guard expression.range.upperBound <= text.count else { return "a tree beyond the text: \(shown(text))" }
            return roundTripProblem(expression).map { "\($0)\n  from \(shown(text))" }
        } catch {
            return problem(with: error, length: text.count).map { "\($0): \(shown(text))" }
        }
    }

    private mutating func text(_ recipe: Recipe) -> [UInt8] {
        switch recipe {
        case .expression: return Array(generator.vector(4).utf8)
        case .damagedExpression: return damaged(Array(generator.vector(3).utf8))
        case .tokens:
            let count = 1 + generator.random.below(14), separator = generator.random.oneIn(3) ? "" : " "
            let tokens = (0..<count).map { _ in generator.random.pick(Self.tokens) }
            return Array(tokens.joined(separator: separator).utf8)
        case .bytes:
            return (0..<generator.random.below(60)).map { _ in UInt8.random(in: 0...255, using: &generator.random) }
        }
    }

    private mutating func damaged(_ text: [UInt8]) -> [UInt8] {
        var bytes = text
        for _ in 0...generator.random.below(3) where !bytes.isEmpty {
            let index = generator.random.below(bytes.count)
            switch generator.random.below(6) {
            case 0: bytes.remove(at: index)
            case 1: bytes[index] = UInt8.random(in: 0...255, using: &generator.random)
            case 2: bytes.insert(generator.random.pick("()[]{},:@\"'`=~!<>+-*/%^#. \n0a_xm".utf8), at: index)
            case 3: bytes.insert(contentsOf: generator.random.pick(Self.tokens).utf8, at: index)
            case 4: bytes.insert(contentsOf: bytes[index...].prefix(1 + generator.random.below(12)), at: index)
            default: bytes.removeSubrange(index...)
            }
        }
        return bytes
    }

    private static let tokens = [
        "sum", "by", "without", "on", "ignoring", "group_left", "group_right", "bool", "offset", "@", "start", "end",
        "(", ")", "[", "]", "{", "}", ",", ":", "=", "=~", "!=", "!~", "==", "<", ">=", "</", "+", "-", "*", "/", "%",
        "^", "atan2", "and", "or", "unless", "1", "5m", "x", "a:b", "\"s\"", "`r`", "rate", "topk", "step()", "min_of",
        "anchored", "smoothed", "fill(1)", "fill_left", "inf", "# c\n", "5m1h", "0x", "1e", "$",
    ]

    private func roundTripProblem(_ expression: Expression) -> String? {
        // Infinity is printed with its sign, as in Prometheus; before `^`, that reads as a sign of the power.
        if expression.description.contains("+Inf ^") { return nil }
        let tree = structure(expression)
        for printed in [expression.description, expression.pretty(), expression.pretty(maximumWidth: 20)] {
            do throws(ParseErrors) {
                let again = try parse(printed, options: .everything)
                guard structure(again) == tree else { return "a different tree when printed as \(printed)" }
                guard again.description == expression.description else {
                    return "not printed the same way twice: \(printed)"
                }
            } catch {
                return "printed as \(printed), which is not a valid expression: \(error)"
            }
        }
        return nil
    }

    private func problem(with errors: ParseErrors, length: Int) -> String? {
        if errors.errors.isEmpty { return "refused without an error" }
        for error in errors.errors {
            let isInside = 0 <= error.range.lowerBound && error.range.upperBound <= length
            guard isInside else { return "an error beyond the text (\(error))" }
            guard !error.message.isEmpty, error.description.contains("parse error: ") else { return "an empty error" }
        }
        return nil
    }

    private func shown(_ text: [UInt8]) -> String { String(decoding: text, as: UTF8.self).debugDescription }
}
