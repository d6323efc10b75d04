internal import KTSDBModel

/// A node of a plan: an expression with everything settled that does not depend on data.
///
/// Durations are milliseconds, `@ start()` is a time, parentheses and unary plus are gone, functions are rows, and
/// what is the same at each step is marked.
struct PlanNode: Sendable {
    indirect enum Kind: Sendable {
        case number(Double)
        case string(StringLiteral)
        case selector(SelectorPlan)
        case window(WindowPlan)
        case negation(PlanNode)
        case chain(ChainPlan)
        case aggregation(AggregationPlan)
        case call(CallPlan)
        /// The same at each step: evaluated at the first one alone.
        case invariant(PlanNode)
    }

    var kind: Kind
    var type: ValueType
    /// Where it starts in the text, for annotations of what it is an operand of.
    var place: Int
    /// Where it starts in the text, for its own annotations: a unary plus before it is left out.
    let ownPlace: Int
    /// Whether there is a unary plus before it: then functions that treat plain selectors differently do not see one.
    var hasPlus: Bool { place != ownPlace }
    /// Its number in the plan, where that is explained.
    var id = 0

    init(kind: Kind, type: ValueType, place: Int) {
        self.kind = kind
        self.type = type
        self.place = place
        ownPlace = place
    }
}

/// Which series, and as of when.
struct SelectorPlan: Sendable {
    var matchers: [LabelMatcher]
    /// Milliseconds to look back from the step, or from `at`.
    var offset: Int64
    /// The time that `@` pins it to.
    var at: Int64?
    var ends: WindowEnds
    /// Whether of histograms only count and sum are looked at: then their buckets are used for nothing but finding
    /// resets.
    var readsStatisticsOnly = false

    /// Whether all matching series have the same metric name.
    var hasOneName: Bool { matchers.contains { $0.name == "__name__" && $0.operation == .equal } }
}

/// A range vector: what slides, and how wide the window is.
struct WindowPlan: Sendable {
    indirect enum Content: Sendable {
        case selector(SelectorPlan)
        /// `step` nil: the engine's default.
        case subquery(PlanNode, step: Int64?, offset: Int64, at: Int64?)
    }
    var content: Content
    /// Milliseconds, positive. The window is open on the left and closed on the right.
    var width: Int64
    /// Where the selector starts in the text; 0 for a subquery, as Prometheus has it in its annotations.
    var place: Int
    /// As in ``PlanNode``.
    var id = 0

    var offset: Int64 {
        switch content {
        case .selector(let selector): selector.offset
        case .subquery(_, _, let offset, _): offset
        }
    }
    var at: Int64? {
        switch content {
        case .selector(let selector): selector.at
        case .subquery(_, _, _, let at): at
        }
    }
    var ends: WindowEnds {
        guard case .selector(let selector) = content else { return .plain }
        return selector.ends
    }
}

/// Operators of one level, from left to right: `first`, then each link's operator and right side. To the left of a link
/// is all before it.
///
/// A list and no tree, for it is as long as its text makes it, and no walk over a plan may need a stack for that.
struct ChainPlan: Sendable {
    var first: PlanNode
    /// At least one.
    var links: [ChainLink]
}

/// An operator with its right side.
struct ChainLink: Sendable {
    var operation: BinaryOperator
    var right: PlanNode
    var matching: VectorMatching?
    var returnsBool: Bool
    /// Its number in the plan, where that is explained; the last one has that of its chain.
    var id = 0

    /// Whether it takes histograms' buckets apart.
    var trims: Bool { operation == .trimUpper || operation == .trimLower }
}

struct AggregationPlan: Sendable {
    var operation: AggregationOperator
    var operand: PlanNode
    var parameter: PlanNode?
    var isWithout: Bool
    var grouping: [String]
}

/// A function with its arguments.
struct CallPlan: Sendable {
    var function: QueryFunction
    var arguments: [PlanNode]
}
