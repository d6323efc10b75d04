/// `a + on(app) group_left(x) b`.
public struct BinaryOperation: Sendable {
    /// From the loosest to the tightest.
    public enum Operator: String, CaseIterable, Sendable {
        case or, and, unless
        case equal = "==", notEqual = "!=", less = "<", lessOrEqual = "<=", greater = ">", greaterOrEqual = ">="
        case plus = "+", minus = "-"
        case times = "*", over = "/", modulo = "%"
        case power = "^"
    }

    /// How many series of one side a series of the other side may match.
    public enum Cardinality: Sendable {
        case oneToOne, manyToOne, oneToMany
    }

    /// How the series of both sides find each other.
    public struct Matching: Sendable {
        /// The labels of `on` or `ignoring`.
        public var labels: [String]
        /// Whether it is `on`; else it is `ignoring`.
        public var isOn: Bool
        /// `group_left` is many to one, `group_right` one to many.
        public var cardinality: Cardinality
        /// Labels that the result takes from the "one" side.
        public var include: [String]

        /// Creates a matching.
        public init(
            labels: [String] = [], isOn: Bool = false, cardinality: Cardinality = .oneToOne, include: [String] = []
        ) {
            self.labels = labels
            self.isOn = isOn
            self.cardinality = cardinality
            self.include = include
        }
    }

    /// The operator.
    public var `operator`: Operator
    /// Whether a comparison answers 0 or 1 rather than filter.
    public var returnsBool: Bool
    /// As written; `ignoring()` without any.
    public var matching: Matching?
    /// The left operand.
    public var left: LogQLExpression
    /// The right operand.
    public var right: LogQLExpression

    /// Creates an operation.
    public init(
        _ operator: Operator, _ left: LogQLExpression, _ right: LogQLExpression, returnsBool: Bool = false,
        matching: Matching? = nil
    ) {
        self.operator = `operator`
        self.left = left
        self.right = right
        self.returnsBool = returnsBool
        self.matching = matching
    }
}
