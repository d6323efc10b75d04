public import KTSDBModel
internal import Synchronization

/// A place in the text of an expression: UTF-8 byte offsets, the end not included.
public typealias SourceRange = Range<Int>

/// A PromQL expression: the tree that the parser makes and the planner reads.
///
/// Each node knows where in the text it is. A parenthesis is a node of its own, so that printing gives it back.
///
/// The tree is as deep as the text nests, but for chains: `a + b + c` is `(a + b) + c`, and continues to the left as
/// long as the text makes it. Code that walks a tree takes ``BinaryExpression/chain`` as one level, or needs a stack
/// for each operator.
public indirect enum Expression: Sendable {
    case number(NumberLiteral)
    case string(StringLiteral)
    case vectorSelector(VectorSelector)
    case matrixSelector(MatrixSelector)
    case subquery(Subquery)
    case unary(UnaryExpression)
    case binary(BinaryExpression)
    case aggregation(Aggregation)
    case call(FunctionCall)
    case parentheses(Parentheses)
}

/// What an expression evaluates to.
public enum ValueType: String, Hashable, Sendable {
    case scalar, string, vector, matrix
}

/// `1.5`, `0x1f`, `Inf`, `5m` (which is 300).
public struct NumberLiteral: Sendable {
    /// Its value.
    public var value: Double
    /// Whether it was written as a duration, and is printed as one.
    public var isDuration: Bool
    /// Where it is in the text.
    public var range: SourceRange

    /// Creates a literal.
    public init(value: Double, isDuration: Bool = false, range: SourceRange = 0..<0) {
        self.value = value
        self.isDuration = isDuration
        self.range = range
    }
}

/// `"text"`.
public struct StringLiteral: Sendable {
    /// Its value; bytes that are not UTF-8 (`"\xff"`) are U+FFFD here, as in every JSON answer.
    public var value: String { String(decoding: bytes, as: UTF8.self) }
    /// Where it is in the text.
    public var range: SourceRange
    /// Its value, byte by byte.
    let bytes: [UInt8]

    init(bytes: [UInt8], range: SourceRange) {
        self.bytes = bytes
        self.range = range
    }

    /// Whether it can name a label: any text can since Prometheus 3.0, but the empty one, and one that is no UTF-8.
    var isLabelName: Bool { !bytes.isEmpty && String(validating: bytes, as: UTF8.self) != nil }
}

/// The time that `@` pins a selector or subquery to.
public enum AtModifier: Hashable, Sendable {
    /// `@ 1609746000`.
    case timestamp(Timestamp)
    /// `@ start()`.
    case start
    /// `@ end()`.
    case end
}

/// `name{label="value"} offset 5m @ end()`.
public struct VectorSelector: Sendable {
    /// The metric's name when written before the braces (it is among `matchers` too), else empty.
    public var name: String
    /// All conditions in the order written; that of a name before the braces comes last.
    public var matchers: [LabelMatcher]
    /// The value of `offset`; nil without one, or for a literal zero.
    public var offset: DurationExpression?
    /// The value of `@`; nil without one.
    public var at: AtModifier?
    /// Whether `anchored` or `smoothed` follows it.
    public var ends: WindowEnds
    /// Where it is in the text.
    public var range: SourceRange
}

/// `selector[5m]`; `offset`, `@` and `ends` are those of the selector inside.
public struct MatrixSelector: Sendable {
    /// What the window is over.
    public var selector: VectorSelector
    /// What is in the brackets, before a colon.
    public var window: DurationExpression
    /// Where it is in the text.
    public var range: SourceRange
}

/// `expression[30m:1m] offset 5m @ end()`.
public struct Subquery: Sendable {
    /// What is evaluated at each step.
    public var expression: Expression
    /// What is in the brackets, before a colon.
    public var window: DurationExpression
    /// nil: the engine's default.
    public var step: DurationExpression?
    /// The value of `offset`; nil without one, or for a literal zero.
    public var offset: DurationExpression?
    /// The value of `@`; nil without one.
    public var at: AtModifier?
    /// Where it is in the text.
    public var range: SourceRange
}

/// `-x`, `+x`.
public struct UnaryExpression: Sendable {
    /// Whether the sign is a minus.
    public var minus: Bool
    /// What it applies to.
    public var operand: Expression
    /// Where it is in the text.
    public var range: SourceRange
}

/// The operators between two operands.
public enum BinaryOperator: String, Hashable, Sendable, CaseIterable {
    case add = "+", subtract = "-", multiply = "*", divide = "/", modulo = "%", power = "^", atan2 = "atan2"
    case equal = "==", notEqual = "!=", less = "<", lessOrEqual = "<=", greater = ">", greaterOrEqual = ">="
    case and = "and", or = "or", unless = "unless"
    case trimUpper = "</", trimLower = ">/"
}

/// How many series of either side may share a set of matching labels.
public enum MatchCardinality: String, Hashable, Sendable {
    case oneToOne = "one-to-one", manyToOne = "many-to-one", oneToMany = "one-to-many", manyToMany = "many-to-many"
}

/// `on (a, b) group_left (c) fill_right (0)`.
public struct VectorMatching: Sendable {
    /// Which side may have several series for one of the other.
    public var cardinality: MatchCardinality
    /// `on`: match by `labels` alone; otherwise by all but these (and the name).
    public var isOn: Bool
    /// What follows `on` or `ignoring`.
    public var labels: [String]
    /// The labels that `group_left` or `group_right` copies from the "one" side.
    public var include: [String]
    /// The value for a missing left partner.
    public var fillLeft: Double?
    /// The value for a missing right partner.
    public var fillRight: Double?
}

/// `left + on (a) right`.
public struct BinaryExpression: Sendable {
    /// Which operator it is.
    public var operation: BinaryOperator
    /// The left operand.
    public var left: Expression {
        get { leftOperand.expression }
        set { leftOperand = LeftOperand(newValue) }
    }
    private var leftOperand: LeftOperand
    /// The right operand.
    public var right: Expression
    /// nil unless both sides are vectors.
    public var matching: VectorMatching?
    /// Whether `bool` makes a comparison give 0 and 1.
    public var returnsBool: Bool
    /// Where it is in the text.
    public var range: SourceRange
    /// Where the operator itself is.
    public var operatorRange: SourceRange

    init(
        operation: BinaryOperator, left: Expression, right: Expression, matching: VectorMatching?, returnsBool: Bool,
        range: SourceRange, operatorRange: SourceRange
    ) {
        self.operation = operation
        leftOperand = LeftOperand(left)
        self.right = right
        self.matching = matching
        self.returnsBool = returnsBool
        self.range = range
        self.operatorRange = operatorRange
    }

    /// The operators that follow one another on one level, of which this is the last: `a + b * c - d` has `+` and `-`.
    /// `first` is what precedes them all; the operand after each is its ``right``.
    public var chain: (first: Expression, operators: [BinaryExpression]) {
        var operators = [self], first = left
        while case .binary(let node) = first {
            operators.append(node)
            first = node.left
        }
        operators.reverse()
        return (first, operators)
    }
}

extension BinaryExpression {
    /// The left operand, which may be a chain of a hundred thousand operators: freed one after the other and not one
    /// within the other, as no stack is that deep.
    private final class LeftOperand: Sendable {
        /// Only empty while the object is freed.
        private let content: Mutex<Expression?>

        init(_ expression: Expression) { content = Mutex(expression) }

        var expression: Expression { content.withLock { $0! } }

        private func take() -> Expression? {
            content.withLock { content in
                defer { content = nil }
                return content
            }
        }

        deinit {
            var next = take()
            while case .binary(var node) = next {
                next = nil
                // Another owner of the rest frees it.
                guard isKnownUniquelyReferenced(&node.leftOperand) else { return }
                next = node.leftOperand.take()
            }
        }
    }
}

/// The aggregation operators.
public enum AggregationOperator: String, Hashable, Sendable, CaseIterable {
    case sum, avg, min, max, count, group, stddev, stdvar, topk, bottomk, quantile
    case countValues = "count_values", limitk, limitRatio = "limit_ratio"
}

/// `sum by (a) (x)`.
public struct Aggregation: Sendable {
    /// Which operator it is.
    public var operation: AggregationOperator
    /// What it applies to.
    public var operand: Expression
    /// k, φ, the label of `count_values`, or the ratio.
    public var parameter: Expression?
    /// Whether ``grouping`` says which labels go, and not which stay.
    public var isWithout: Bool
    /// What follows `by` or `without`; empty when there is neither.
    public var grouping: [String]
    /// Where it is in the text.
    public var range: SourceRange
}

/// `rate(x[5m])`.
public struct FunctionCall: Sendable {
    /// What is called.
    public var function: FunctionSignature
    /// What it is called with.
    public var arguments: [Expression]
    /// Where it is in the text.
    public var range: SourceRange
}

/// `(x)`.
public struct Parentheses: Sendable {
    /// What is between them.
    public var inner: Expression
    /// Where it is in the text.
    public var range: SourceRange
}

extension Expression {
    /// Where the expression is in its text.
    public var range: SourceRange {
        switch self {
        case .number(let node): node.range
        case .string(let node): node.range
        case .vectorSelector(let node): node.range
        case .matrixSelector(let node): node.range
        case .subquery(let node): node.range
        case .unary(let node): node.range
        case .binary(let node): node.range
        case .aggregation(let node): node.range
        case .call(let node): node.range
        case .parentheses(let node): node.range
        }
    }

    /// What the expression evaluates to.
    public var type: ValueType {
        switch self {
        case .number: .scalar
        case .string: .string
        case .vectorSelector, .aggregation: .vector
        case .matrixSelector, .subquery: .matrix
        case .unary(let node): node.operand.type
        case .binary(let node): node.isScalar ? .scalar : .vector
        case .call(let node): node.function.returnType
        case .parentheses(let node): node.inner.type
        }
    }
}

extension BinaryExpression {
    /// Whether no operand of the chain is a vector.
    fileprivate var isScalar: Bool {
        var node = self
        while node.right.type == .scalar {
            guard case .binary(let next) = node.left else { return node.left.type == .scalar }
            node = next
        }
        return false
    }
}
