internal import KTSDBModel

/// Which series of two vectors belong together: `a / on (job) group_left b`.
///
/// Two series match if the labels that `on` names are equal, or without `on` all labels but those that `ignoring` names
/// and the metric's name. The labels of a series are the same at all steps, so who *may* match whom is found once per
/// query. At each step it is checked whether a match is unique among the series that have a point there: a series
/// may go and another with the same matching labels come, as when a target restarts under another name.
///
/// With `group_left` or `group_right` one side is the "many" side: several of its series may match one of the other.
/// Below, `many` and `one` are these sides; one-to-one matching is the case in which the left side is `many` and must
/// be unique too.
///
/// `VectorMatcher+Uniqueness.swift` finds ambiguous matches, `VectorMatcher+Pairs.swift` computes the points of pairs;
/// `and`, `or` and `unless` match sets, where nothing has to be unique (`SetOperators.swift`).
///
/// Two points that the operator has no meaning for, say the sum of a float and a histogram, do not match: they are not
/// among those that have to be unique, and a point that has no other match gets the fill value.
struct VectorMatcher {
    let plan: ChainLink
    /// Where the operation starts in the text.
    let place: Int
    let matching: VectorMatching
    let many: MatrixRows
    let one: MatrixRows
    /// Whether `many` is the right operand.
    let isSwapped: Bool
    let query: QueryContext
    let grid: StepGrid

    let grouping: Grouping
    /// The series of both sides by matching labels.
    private(set) var groups: [Group] = []
    private var numbers: [Labels: Int] = [:]

    struct Group {
        var many: [Int] = []
        var one: [Int] = []
    }

    /// Room for groups, and what finds them; and for the result's labels while it is made.
    private let reservation: SampleReservation

    init(
        _ plan: ChainLink, at place: Int, _ left: MatrixRows, _ right: MatrixRows, query: QueryContext
    ) throws(QueryError) {
        self.plan = plan
        self.place = place
        self.query = query
        matching = plan.matching!
        isSwapped = matching.cardinality == .oneToMany
        (many, one) = isSwapped ? (right, left) : (left, right)
        grid = left.grid
        grouping = Grouping(isWithout: !matching.isOn, names: matching.labels)
        reservation = SampleReservation(query)
        var pace = QueryPace(query)
        for position in 0..<many.count {
            groups[try number(of: many.series(at: position), &pace)].many.append(position)
        }
        for position in 0..<one.count { groups[try number(of: one.series(at: position), &pace)].one.append(position) }
    }

    private mutating func number(of series: SeriesIdentity, _ pace: inout QueryPace) throws(QueryError) -> Int {
        try pace.step(16 + series.labels.stringForm.count / 8)
        let labels = grouping.labels(of: series.labels)
        if let number = numbers[labels] { return number }
        try reservation.grow(bytes: labels.stringForm.count + 2 * SeriesIdentity.baseByteCount)
        numbers[labels] = groups.count
        groups.append(Group())
        return groups.count - 1
    }

    // MARK: The result

    /// One series of a pair: of either side, or what `fill` puts in its place.
    enum Partner {
        case series(Int)
        case fill(Double, for: Labels)
    }

    /// Two that match; a result is made of one pair, or of several that have points at different steps.
    struct Pair {
        var group: Int
        var many: Partner
        var one: Partner
    }

    /// The combination of the two sides.
    func combined() throws(QueryError) -> MatrixRows {
        let worker = PairWorker(self)
        var conflict = try firstConflict(worker)
        var results: [(labels: Labels, pairs: [Pair])] = [], places: [Labels: Int] = [:], part = MatrixPart(query)
        var pace = QueryPace(query)
        try forEachPair { pair throws(QueryError) in
            let labels = resultLabels(pair.many, pair.one)
            try pace.step(32 + labels.stringForm.count / 4)
            try reservation.grow(bytes: MemoryLayout<Pair>.stride)
            if let place = places[labels] {
                results[place].pairs.append(pair)
            } else {
                try reservation.grow(bytes: labels.stringForm.count + 2 * SeriesIdentity.baseByteCount)
                places[labels] = results.count
                results.append((labels, [pair]))
            }
        }
        let dropsName = plan.returnsBool && query.options.delayedNameRemoval
        for result in results {
            try pace.step(8)
            if let step = try worker.combine(result.pairs, joins: conflict == nil), step < conflict?.step ?? .max {
                conflict = Conflict(
                    step: step,
                    error: .execution("multiple matches for labels: grouping labels must ensure unique matches"))
            }
            if conflict != nil { continue }
            try part.append(worker.result, SeriesIdentity(labels: result.labels, dropsName: dropsName))
        }
        if let conflict { throw conflict.error }
        for annotation in worker.annotations.values { query.annotations.add(annotation.annotation, at: place) }
        return MatrixRows(grid: grid, parts: [part])
    }

    /// All pairs that may have a point, in the order of the "many" side; those with a fill value after the others.
    private func forEachPair(_ body: (Pair) throws(QueryError) -> Void) throws(QueryError) {
        var pace = QueryPace(query)
        // The side of a fill value is its place in the swapped operation, as in Prometheus.
        for (number, group) in groups.enumerated() {
            for position in group.many {
                try pace.step(2 + group.one.count)
                for partner in group.one where overlap(position, partner) {
                    try body(Pair(group: number, many: .series(position), one: .series(partner)))
                }
                if let fill = matching.fillRight {
                    let labels = many.series(at: position).labels
                    try body(Pair(group: number, many: .series(position), one: .fill(fill, for: labels)))
                }
            }
        }
        guard let fill = matching.fillLeft else { return }
        for (number, group) in groups.enumerated() {
            for position in group.one {
                let labels = one.series(at: position).labels
                try body(Pair(group: number, many: .fill(fill, for: labels), one: .series(position)))
            }
        }
    }

    /// Whether the two may have a point at the same step. Of a group whose members come and go, few pairs do.
    private func overlap(_ manyPosition: Int, _ onePosition: Int) -> Bool {
        let a = many.points(at: manyPosition), b = one.points(at: onePosition)
        return a.first < b.first + b.values.count && b.first < a.first + a.values.count
    }

    private func labels(_ partner: Partner, _ rows: MatrixRows) -> Labels {
        switch partner {
        case .series(let position): rows.series(at: position).labels
        case .fill(_, let labels): grouping.labels(of: labels)
        }
    }

    /// The labels of the "many" side, less what the operation takes away, with what `group_left` copies.
    ///
    /// Arithmetic gives another quantity, so the metric's name goes; a comparison that filters gives a sample back, and
    /// the name with it. One-to-one, only the labels that were compared are sure to be those of both sides; with a
    /// "many" side all of its labels stay, as the result has one series for each of its series.
    private func resultLabels(_ manyPartner: Partner, _ onePartner: Partner) -> Labels {
        var result = labels(manyPartner, many)
        let dropsName = plan.operation.isArithmetic || plan.returnsBool && !query.options.delayedNameRemoval
        if dropsName { result = result.withoutMetricIdentity().labels }
        if matching.cardinality == .oneToOne {
            if matching.isOn {
                result = grouping.labels(of: result)
            } else if !matching.labels.isEmpty {
                result = result.removing(matching.labels)
            }
        }
        guard !matching.include.isEmpty else { return result }
        let source = labels(onePartner, one)
        var builder = LabelsBuilder(result)
        for name in matching.include { builder.set(name, source[name] ?? "") }
        return builder.labels
    }
}
