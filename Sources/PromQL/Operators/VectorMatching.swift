internal import KTSDBModel

/// Which series of two vectors belong together: `a / on (job) group_left b`.
///
/// Two series match if the labels that `on` names are equal, or without `on` all labels but those that `ignoring` names
/// and the metric's name. The labels of a series are the same at all steps, so who *may* match whom is found once per
/// query. What is judged at each step is whether a match is unique among the series that have a point there: a series
/// may go and another with the same matching labels come, as when a target restarts under another name.
///
/// With `group_left` or `group_right` one side is the "many" side: several of its series may match one of the other.
/// Below, `many` and `one` are these sides; one-to-one matching is the case in which the left side is `many` and must be
/// unique too.
struct VectorMatcher {
    let plan: BinaryPlan
    let matching: VectorMatching
    let many: MatrixRows
    let one: MatrixRows
    /// Whether `many` is the right operand.
    let isSwapped: Bool
    let query: RunningQuery
    let grid: StepGrid

    private let grouping: Grouping
    /// The series of both sides by matching labels.
    private var groups: [Group] = []
    private var numbers: [Labels: Int] = [:]

    private struct Group {
        var many: [Int] = []
        var one: [Int] = []
    }

    init(_ plan: BinaryPlan, _ left: MatrixRows, _ right: MatrixRows, query: RunningQuery) {
        self.plan = plan
        self.query = query
        matching = plan.matching!
        isSwapped = matching.cardinality == .oneToMany
        (many, one) = isSwapped ? (right, left) : (left, right)
        grid = left.grid
        grouping = Grouping(isWithout: !matching.isOn, names: matching.labels)
        for position in 0..<many.count { groups[number(of: many.series(at: position))].many.append(position) }
        for position in 0..<one.count { groups[number(of: one.series(at: position))].one.append(position) }
    }

    private mutating func number(of series: SeriesIdentity) -> Int {
        let labels = grouping.labels(of: series.labels)
        if let number = numbers[labels] { return number }
        numbers[labels] = groups.count
        groups.append(Group())
        return groups.count - 1
    }

    // MARK: The result

    /// One series of a pair: of either side, or what `fill` puts in its place.
    private enum Partner {
        case series(Int)
        case fill(Double, for: Labels)
    }

    /// Two that match; a result is made of one pair, or of several that have points at different steps.
    private struct Pair {
        var group: Int
        var many: Partner
        var one: Partner
    }

    /// The combination of the two sides.
    func combined() throws(QueryError) -> MatrixRows {
        try checkUniqueness()
        var results: [(labels: Labels, pairs: [Pair])] = [], places: [Labels: Int] = [:], part = MatrixPart(query)
        var pairCount = 0
        try forEachPair { pair throws(QueryError) in
            pairCount += 1
            if pairCount % 1024 == 0 { try query.check() }
            let labels = resultLabels(pair.many, pair.one)
            if let place = places[labels] {
                results[place].pairs.append(pair)
            } else {
                places[labels] = results.count
                results.append((labels, [pair]))
            }
        }
        let worker = PairWorker(self)
        let dropsName = plan.returnsBool && query.options.delayedNameRemoval
        for (place, result) in results.enumerated() {
            if place % 256 == 0 { try query.check() }
            try worker.combine(result.pairs)
            try part.append(worker.result, SeriesIdentity(labels: result.labels, dropsName: dropsName))
        }
        return MatrixRows(grid: grid, parts: [part])
    }

    /// All pairs that may have a point, in the order of the "many" side; those with a fill value after the others.
    private func forEachPair(_ body: (Pair) throws(QueryError) -> Void) throws(QueryError) {
        // Which side a fill value stands for is told by its place in the swapped operation, as in Prometheus.
        for (number, group) in groups.enumerated() {
            for position in group.many {
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

    // MARK: Uniqueness

    /// Whether any series of `rows` has a point, for each step.
    private func presence(of rows: MatrixRows, _ positions: some Sequence<Int>) -> [Bool] {
        var any = [Bool](repeating: false, count: grid.count)
        for position in positions {
            let (first, values) = rows.points(at: position)
            for (step, value) in zip(first..., values) where !value.isAbsent { any[step] = true }
        }
        return any
    }

    /// Refuses two series of the "one" side in one group at one step; in one-to-one matching also of the other side.
    private func checkUniqueness() throws(QueryError) {
        let hasFill = matching.fillLeft != nil || matching.fillRight != nil
        let mayConflict = groups.contains { $0.one.count > 1 || matching.cardinality == .oneToOne && $0.many.count > 1 }
        guard mayConflict else { return }
        // Where the other side has no point at all nothing is matched, and nothing refused.
        let anyMany = hasFill ? nil : presence(of: many, 0..<many.count)
        var failure: (step: Int, error: QueryError)?
        func note(_ step: Int, _ error: @autoclosure () -> QueryError) {
            if step < failure?.step ?? .max { failure = (step, error()) }
        }
        for group in groups {
            try query.check()
            if group.one.count > 1 {
                for (step, pair) in collisions(one, group.one) where anyMany?[step] ?? true {
                    note(step, duplicateError(one.series(at: pair.0).labels, one.series(at: pair.1).labels))
                    break
                }
            }
            if matching.cardinality == .oneToOne, group.many.count > 1 {
                let partners = presence(of: one, group.one)
                for (step, _) in collisions(many, group.many) where partners[step] || matching.fillRight != nil {
                    note(
                        step,
                        .execution(
                            "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)"))
                    break
                }
            }
        }
        if let failure { throw failure.error }
    }

    /// The steps at which two of the series have points, with the first two such series.
    private func collisions(_ rows: MatrixRows, _ positions: [Int]) -> [(step: Int, pair: (Int, Int))] {
        var owners = [Int?](repeating: nil, count: grid.count)
        var pairs: [Int: (Int, Int)] = [:]
        for position in positions {
            let (first, values) = rows.points(at: position)
            for (step, value) in zip(first..., values) where !value.isAbsent {
                if let owner = owners[step] {
                    if pairs[step] == nil { pairs[step] = (owner, position) }
                } else {
                    owners[step] = position
                }
            }
        }
        return pairs.keys.sorted().map { ($0, pairs[$0]!) }
    }

    private func duplicateError(_ first: Labels, _ second: Labels) -> QueryError {
        let group = grouping.labels(of: first).prometheusText
        let both = [first.prometheusText, second.prometheusText].sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        return .execution(
            "found duplicate series for the match group \(group) on the \(isSwapped ? "left" : "right") hand-side of the "
                + "operation: [\(both[0]), \(both[1])];many-to-many matching not allowed: matching labels must be unique "
                + "on one side")
    }

    // MARK: Rows

    /// Computes the rows of pairs.
    private final class PairWorker {
        private let matcher: VectorMatcher
        private let manyReader: any RowReader
        private let oneReader: any RowReader
        private var manyRow: Row
        private var oneRow: Row
        private var pairRow: Row
        private(set) var result: Row
        private let steps: Int

        init(_ matcher: VectorMatcher) {
            self.matcher = matcher
            steps = matcher.grid.count
            manyReader = matcher.many.makeReader()
            oneReader = matcher.one.makeReader()
            manyRow = .absent(count: steps)
            oneRow = .absent(count: steps)
            pairRow = .absent(count: steps)
            result = .absent(count: steps)
        }

        /// Writes into `result` what the pairs give together; they have the same labels.
        func combine(_ pairs: [Pair]) throws(QueryError) {
            if pairs.count == 1 {
                try combine(pairs[0], into: &result)
                return
            }
            for step in 0..<steps { result[step] = .absent }
            /// The group that matched at each step, also where a comparison then filtered out.
            var matched = [Int](repeating: -1, count: steps)
            for pair in pairs {
                try combine(pair, into: &pairRow)
                for step in 0..<steps where !manyRow[step].isAbsent && !oneRow[step].isAbsent {
                    if matched[step] == pair.group {
                        throw .execution("multiple matches for labels: grouping labels must ensure unique matches")
                    }
                    matched[step] = pair.group
                    guard !pairRow[step].isAbsent else { continue }
                    guard result[step].isAbsent else { throw DistinctLabels.failure }
                    result[step] = pairRow[step]
                }
            }
        }

        private func combine(_ pair: Pair, into row: inout Row) throws(QueryError) {
            try load(pair.many, manyReader, into: &manyRow) { matcher.presence(of: matcher.many, matcher.groups[pair.group].many) }
            try load(pair.one, oneReader, into: &oneRow) { matcher.presence(of: matcher.one, matcher.groups[pair.group].one) }
            let operation = matcher.plan.operation, returnsBool = matcher.plan.returnsBool
            if matcher.isSwapped {
                operation.combine(oneRow, manyRow, returnsBool: returnsBool, into: &row)
            } else {
                operation.combine(manyRow, oneRow, returnsBool: returnsBool, into: &row)
            }
        }

        /// A fill value stands where no series of its side in the group has a point, as `taken` says.
        private func load(
            _ partner: Partner, _ reader: any RowReader, into row: inout Row, taken: () -> [Bool]
        ) throws(QueryError) {
            switch partner {
            case .series(let position):
                if try !reader.read(position, into: &row) { for step in 0..<steps { row[step] = .absent } }
            case .fill(let value, _):
                for (step, isTaken) in taken().enumerated() { row[step] = isTaken ? .absent : point(value) }
            }
        }
    }
}

extension Evaluator {
    /// An operator of which at least one side is a vector.
    func binary(_ plan: BinaryPlan, at place: Int, on grid: StepGrid) throws(QueryError) -> any RowSource {
        if plan.left.type == .scalar || plan.right.type == .scalar { return try withScalar(plan, at: place, on: grid) }
        switch plan.operation {
        case .and, .unless: return try filtered(plan, on: grid)
        case .or: return try union(plan, on: grid)
        case .trimUpper, .trimLower:
            let left = try vector(plan.left, on: grid), right = try vector(plan.right, on: grid)
            try noteTrimming(left, plan.operation, at: place)
            try forEachRow(of: right) { _, _ in }
            return MatrixRows(grid: grid)
        default:
            let left = try materialized(try vector(plan.left, on: grid))
            let right = try materialized(try vector(plan.right, on: grid))
            let matcher = VectorMatcher(plan, left, right, query: query)
            return try matcher.combined()
        }
    }

    private func withScalar(_ plan: BinaryPlan, at place: Int, on grid: StepGrid) throws(QueryError) -> any RowSource {
        let scalarIsLeft = plan.left.type == .scalar
        let vector = try vector(scalarIsLeft ? plan.right : plan.left, on: grid)
        let scalar = try scalar(scalarIsLeft ? plan.left : plan.right, on: grid)
        let operation = plan.operation, returnsBool = plan.returnsBool
        if operation == .trimUpper || operation == .trimLower {
            try noteTrimming(vector, operation, at: place)
            return MatrixRows(grid: grid)
        }
        let rows = MappedRows(vector) { row in
            operation.apply(&row, scalar, scalarIsLeft: scalarIsLeft, returnsBool: returnsBool)
        }
        return operation.isArithmetic || returnsBool ? try withoutName(rows) : rows
    }

    /// `</` and `>/` trim native histograms; floats are left out, with a word about it.
    private func noteTrimming(_ rows: any RowSource, _ operation: BinaryOperator, at place: Int) throws(QueryError) {
        var hasPoint = false
        try forEachRow(of: rows) { _, _ in hasPoint = true }
        guard hasPoint else { return }
        query.annotations.add(
            .info,
            "incompatible sample types encountered for binary operator \"\(operation.rawValue)\": float "
                + "\(operation.rawValue) float", at: place)
    }
}
