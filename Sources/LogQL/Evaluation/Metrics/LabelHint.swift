/// Which labels of its lines a range aggregation needs, and how the query around it wants them.
///
/// Parsers look for no others, and may stop when they have them: a line that is malformed after them counts, and one
/// that is malformed in a query that needs no label does, too.
struct LabelHint {
    /// What parsers have to find, besides what stages use.
    let needs: LabelNeeds
    /// Whether lines with errors are samples like others, since the query asks for `__error__`.
    let preservesErrors: Bool
    /// How samples are grouped before the window is computed.
    ///
    /// The groups of a `sum` around an aggregation that adds up are made here already.
    let grouping: LabelGrouping?

    /// - Parameters:
    ///   - aggregation: what needs the labels.
    ///   - outer: the aggregation whose operand it is.
    init(_ aggregation: RangeAggregation, outer: VectorAggregation?) {
        var grouping = aggregation.grouping
        if grouping == nil, let outer, outer.operation == .sum, aggregation.operation.addsUp {
            grouping = outer.grouping ?? LabelGrouping([])
        }
        self.grouping = grouping
        guard let grouping, !grouping.isWithout else {
            needs = .all
            preservesErrors = false
            return
        }
        needs = grouping.labels.isEmpty ? .none : .only(grouping.labels)
        preservesErrors = grouping.labels.contains("__error__") || aggregation.filtersErrors
    }
}

extension RangeAggregation.Operation {
    /// Whether the values of the parts of a group add up to that of the group.
    fileprivate var addsUp: Bool {
        switch self {
        case .countOverTime, .rate, .bytesOverTime, .bytesRate, .sumOverTime: true
        case .rateCounter, .avgOverTime, .minOverTime, .maxOverTime, .stddevOverTime, .stdvarOverTime,
            .firstOverTime, .lastOverTime, .quantileOverTime, .absentOverTime:
            false
        }
    }
}

extension RangeAggregation {
    /// Whether a label filter looks at the error of a line.
    fileprivate var filtersErrors: Bool {
        lines.stages.contains { stage in
            if case .labelFilter(let filter) = stage { filter.looksAtError } else { false }
        } || (unwrap?.filters.contains(where: \.looksAtError) ?? false)
    }
}

extension LabelFilter {
    fileprivate var looksAtError: Bool {
        switch self {
        case .text(let matcher): matcher.name == "__error__"
        case .number, .duration, .bytes, .address: false
        case .and(let left, let right), .or(let left, let right): left.looksAtError || right.looksAtError
        }
    }
}
