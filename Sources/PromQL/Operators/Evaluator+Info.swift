internal import KTSDBModel

// info(v, {matchers}): adds to each series the labels of the info series (target_info by default) of its target.

extension Evaluator {
    /// The labels that identify the target of a series.
    private static let identifyingNames = ["instance", "job"]
    /// With more values a selector for them is no cheaper than all info series.
    private static let mostValuesInPattern = 256

    func info(_ call: CallPlan, on grid: StepGrid) throws(QueryError) -> any RowSource {
        let base = try materialized(try vector(call.arguments[0], on: grid))
        var matchers: [LabelMatcher] = []
        if call.arguments.count > 1, case .selector(let plan) = call.arguments[1].withoutInvariance.kind {
            matchers = plan.matchers
        }
        let nameMatchers = try Self.effectiveNameMatchers(matchers.filter { $0.name == "__name__" })
        let dataMatchers = matchers.filter { $0.name != "__name__" }
        let (at, offset) = Self.referenceTime(call.arguments[0]) ?? (nil, 0)
        var pace = QueryPace(query)
        let isInfo = try base.identities.map { series throws(QueryError) in
            try pace.step(16 * (1 + nameMatchers.count))
            return nameMatchers.allSatisfy { $0.matches(Array((series.labels.metricName ?? "").utf8).span) }
        }
        let targets = (0..<base.count).filter { !isInfo[$0] }.map { base.series(at: $0).labels }
        let table = try infoTable(of: targets, nameMatchers + dataMatchers, offset: offset, at: at, on: grid)
        return try InfoJoin(base: base, isInfo: isInfo, table: table, dataMatchers: dataMatchers, query: query).joined()
    }

    /// Only negative conditions on the name would select all series: then it must also end in `_info`.
    private static func effectiveNameMatchers(_ matchers: [LabelMatcher]) throws(QueryError) -> [LabelMatcher] {
        if matchers.isEmpty { return [.name("target_info")] }
        if matchers.contains(where: { $0.operation == .equal || $0.operation == .matches }) { return matchers }
        do throws(RegularExpressionError) {
            return [try .matches("__name__", ".+_info")] + matchers
        } catch {
            throw .execution(error.description)
        }
    }

    /// As of when the info series count: as the first selector of the argument says.
    private static func referenceTime(_ node: PlanNode) -> (at: Int64?, offset: Int64)? {
        switch node.kind {
        case .number, .string: return nil
        case .invariant(let inner), .negation(let inner): return referenceTime(inner)
        case .selector(let plan): return (plan.at, plan.offset)
        case .chain: return node.children.lazy.compactMap(referenceTime).first
        case .aggregation(let plan): return referenceTime(plan.operand) ?? plan.parameter.flatMap(referenceTime)
        case .call(let call): return call.arguments.lazy.compactMap(referenceTime).first
        case .window(let plan):
            switch plan.content {
            case .selector(let selector): return (selector.at, selector.offset)
            case .subquery(let inner, _, let offset, let at):
                guard let time = referenceTime(inner) else { return nil }
                return time.at == nil ? (at, time.offset + offset) : time
            }
        }
    }

    /// The info series of the targets that series with `labels` are of.
    private func infoTable(
        of labels: [Labels], _ matchers: [LabelMatcher], offset: Int64, at: Int64?, on grid: StepGrid
    ) throws(QueryError) -> InfoTable {
        var targetMatchers: [LabelMatcher] = [], pace = QueryPace(query), hasTargets = false
        /// Conditions that are checked on each series, since a pattern of that many values would take longer.
        var wanted: [(name: String, values: Set<String>)] = []
        for name in Self.identifyingNames {
            let reservation = SampleReservation(query)
            var distinct: Set<String> = []
            for labels in labels {
                try pace.step(32)
                guard let value = labels[name], distinct.insert(value).inserted else { continue }
                try reservation.grow(bytes: value.utf8.count + 64)
            }
            guard !distinct.isEmpty else { continue }
            hasTargets = true
            guard distinct.count <= Self.mostValuesInPattern else {
                wanted.append((name, distinct))
                continue
            }
            let values = distinct.sorted()
            do throws(RegularExpressionError) {
                targetMatchers.append(try .matches(name, values.map(Self.literalPattern).joined(separator: "|")))
            } catch {
                throw .execution(error.description)
            }
        }
        guard hasTargets else { return InfoTable() }
        let plan = SelectorPlan(
            matchers: targetMatchers + matchers, offset: offset, at: at, ends: .plain)
        let times = try SelectorRows(
            plan, at: 0, on: grid, query: query, tally: tally, content: .timeOfFloat)
        return try InfoTable(try materialized(times), wanted, query: query)
    }

    /// A pattern that matches `text` alone.
    private static func literalPattern(_ text: String) -> String {
        text.reduce(into: "") { pattern, character in
            if "\\.+*?()|[]{}^$".contains(character) { pattern += "\\" }
            pattern.append(character)
        }
    }
}

extension PlanNode {
    /// The node without the mark that it is the same at each step.
    fileprivate var withoutInvariance: PlanNode {
        if case .invariant(let inner) = kind { inner } else { self }
    }
}

/// The newest info series of each info metric and target, step by step.
private struct InfoTable {
    /// The names of info metrics, in order.
    private(set) var names: [String] = []
    private(set) var series: [Labels] = []
    /// By name and target: the number of the info series at each step, -1 where none has a point.
    private var newest: [Labels: [Int]] = [:]
    private var reservation: SampleReservation?

    init() {}

    /// `times` are those of the info series' samples, in seconds.
    init(
        _ times: MatrixRows, _ wanted: [(name: String, values: Set<String>)], query: QueryContext
    ) throws(QueryError) {
        var pace = QueryPace(query)
        var positions: [Int] = []
        for position in 0..<times.count {
            try pace.step(16 + wanted.count * 32)
            let labels = times.series(at: position).labels
            if wanted.allSatisfy({ name, values in labels[name].map(values.contains) ?? false }) {
                positions.append(position)
            }
        }
        try Self.refuseHistograms(times, positions, &pace)
        let reservation = SampleReservation(query)
        self.reservation = reservation
        series = [Labels](repeating: Labels(), count: times.count)
        for position in positions {
            let labels = times.series(at: position).labels
            try pace.step(32 + times.grid.count)
            series[position] = labels
            let key = labels.keeping(only: ["__name__", "instance", "job"])
            var numbers = newest[key] ?? []
            if numbers.isEmpty {
                try reservation.grow(by: times.grid.count)
                try reservation.grow(bytes: key.stringForm.count + 2 * SeriesIdentity.baseByteCount)
                numbers = [Int](repeating: -1, count: times.grid.count)
            }
            for step in 0..<times.grid.count {
                guard let time = times.value(position, step) else { continue }
                if numbers[step] >= 0, let other = times.value(numbers[step], step) {
                    if other > time { continue }
                    guard other < time else {
                        let milliseconds = Int64((time * 1000).rounded())
                        throw .execution(
                            "found duplicate series for info metric: existing \(series[numbers[step]].prometheusText) @ "
                                + "\(milliseconds), new \(labels.prometheusText) @ \(milliseconds)")
                    }
                }
                numbers[step] = position
            }
            newest[key] = numbers
        }
        names = Set(series.compactMap(\.metricName)).sorted()
    }

    /// Whether info series have floats alone is asked before anything else of them.
    private static func refuseHistograms(
        _ times: MatrixRows, _ positions: [Int], _ pace: inout QueryPace
    ) throws(QueryError) {
        for position in positions {
            try pace.step(times.grid.count)
            for step in 0..<times.grid.count where times.value(position, step)?.isHistogramMark == true {
                throw .execution(
                    "this should be an info metric, with float samples: "
                        + times.series(at: position).labels.prometheusText)
            }
        }
    }

    /// For each info metric the info series at each step of the target that a series with `labels` is of.
    func candidates(for labels: Labels) -> [[Int]] {
        let target = labels.keeping(only: ["instance", "job"])
        return names.compactMap { newest[target.setting("__name__", to: $0)] }
    }
}

private struct InfoJoin {
    let base: MatrixRows
    let isInfo: [Bool]
    let table: InfoTable
    let dataMatchers: [LabelMatcher]
    let query: QueryContext

    /// The base series with the labels of their info series; those change when the info series does.
    func joined() throws(QueryError) -> MatrixRows {
        var rows: [Labels: Int] = [:], identities: [SeriesIdentity] = [], values: [[Double]] = []
        var histograms: [HistogramPoints] = []
        let reservation = SampleReservation(query), steps = base.grid.count
        var pace = QueryPace(query)
        for position in 0..<base.count {
            try pace.step(64)
            let series = base.series(at: position)
            let candidates = isInfo[position] ? [] : table.candidates(for: series.labels)
            var known: [[Int]: Labels?] = [:]
            for step in 0..<steps {
                guard let value = base.value(position, step) else { continue }
                try pace.step(16 + 8 * candidates.count)
                let numbers = candidates.map { $0[step] }.filter { $0 >= 0 }
                let labels: Labels?
                if let found = known[numbers] {
                    labels = found
                } else {
                    labels = isInfo[position] ? series.labels : try enriched(series.labels, by: numbers)
                    known[numbers] = .some(labels)
                }
                guard let labels else { continue }
                let row: Int
                if let number = rows[labels] {
                    row = number
                } else {
                    try reservation.grow(by: steps)
                    try reservation.grow(bytes: labels.stringForm.count + 2 * SeriesIdentity.baseByteCount)
                    row = values.count
                    rows[labels] = row
                    values.append([Double](repeating: .absent, count: steps))
                    histograms.append(HistogramPoints())
                    identities.append(SeriesIdentity(labels: labels, dropsName: series.dropsName))
                }
                guard values[row][step].isAbsent else { throw DistinctLabels.failure }
                values[row][step] = value
                if let histogram = base.histogram(position, step) {
                    var added = HistogramPoints()
                    added.append(histogram, at: step)
                    histograms[row] = histograms[row].merged(with: added)
                }
            }
        }
        var part = MatrixPart(query), row = Row.absent(count: steps)
        for (number, identity) in identities.enumerated() {
            try pace.step(8 + steps)
            for step in 0..<steps { row[step] = values[number][step] }
            row.setHistograms(histograms[number])
            try part.append(row, identity)
        }
        return MatrixRows(grid: base.grid, parts: [part])
    }

    /// `labels` with those of info series; nil if there are none and the conditions ask for some.
    private func enriched(_ labels: Labels, by numbers: [Int]) throws(QueryError) -> Labels? {
        let wanted = Set(dataMatchers.map(\.name))
        var builder = LabelsBuilder(labels), added: [String: String] = [:]
        var pace = QueryPace(query)
        for number in numbers {
            try pace.step(256)
            for label in table.series[number] where label.name != "__name__" {
                guard wanted.isEmpty || wanted.contains(label.name) else { continue }
                if let value = added[label.name], value != label.value {
                    throw .execution("conflicting label: \(label.name)")
                }
                guard labels[label.name] == nil else { continue }
                added[label.name] = label.value
                builder.set(label.name, label.value)
            }
        }
        if numbers.isEmpty, !dataMatchers.allSatisfy(\.matchesEmpty) { return nil }
        return builder.labels
    }
}
