internal import KTSDBModel

// topk, bottomk, limitk, limit_ratio: at each step some of the points of each group, under their own labels.

extension Evaluator {
    func selection(
        _ plan: AggregationPlan, _ parameter: ScalarRow, _ rows: any RowSource, by grouping: Grouping, at place: Int
    ) throws(QueryError) -> any RowSource {
        let values = parameter.distinct(count: rows.grid.count)
        // Read first, also where nothing will be taken: there may be something to say about it.
        if rows.grid.count == 1, plan.operation != .limitRatio {
            return try selectionOfStep(plan, parameter, values, rows, by: grouping, at: place)
        }
        let matrix = try materialized(rows)
        if plan.operation == .limitRatio { return try limitRatio(plan, parameter, values, matrix) }
        guard try takesAny(values) else { return MatrixRows(grid: rows.grid) }
        var chosen = ChosenPoints(matrix, query)
        var pace = QueryPace(query)
        for (_, positions) in try matrix.groups(by: grouping, query: query).members(query) {
            for step in 0..<rows.grid.count {
                try pace.step(4 + positions.count)
                let count = min(Int(parameter[step]), matrix.count)
                guard count >= 1 else { continue }
                try chosen.choose(
                    try best(count, of: positions, plan.operation, at: place) { matrix.value($0, step) }, at: step)
            }
        }
        return try chosen.rows()
    }

    /// Does the same at one step, in the order of the ranking, which an instant query shows. Of the series that are not
    /// chosen, the labels are not read.
    private func selectionOfStep(
        _ plan: AggregationPlan, _ parameter: ScalarRow, _ values: [Double], _ rows: any RowSource,
        by grouping: Grouping, at place: Int
    ) throws(QueryError) -> any RowSource {
        let points = try points(of: rows)
        guard try takesAny(values) else { return MatrixRows(grid: rows.grid) }
        var part = MatrixPart(query), pace = QueryPace(query)
        let groups = try rows.groups(by: grouping, query: query)
        for (_, positions) in try groups.members(query, where: { !points.values[$0].isAbsent }) {
            try pace.step(4 + positions.count)
            let count = min(Int(parameter[0]), rows.count)
            guard count >= 1 else { continue }
            let best = try best(count, of: positions, plan.operation, at: place) {
                points.values[$0].isAbsent ? nil : points.values[$0]
            }
            for position in best {
                try part.append(
                    points.values[position], points.histograms.histogram(at: position), try rows.series(at: position))
            }
        }
        return MatrixRows(grid: rows.grid, parts: [part])
    }

    /// Whether a number of series to take, at any step, is 1 or more.
    private func takesAny(_ values: [Double]) throws(QueryError) -> Bool {
        let largest = values.reduce(-Double.greatestFiniteMagnitude, goMaximum)
        // In Prometheus a value below 1 everywhere means "nothing" before it is looked at whether it is a number.
        if largest < 1 { return false }
        if values.contains(where: \.isNaN) { throw .execution("Parameter value is NaN") }
        if let least = values.min(), least <= -0x1p63 {
            throw .execution("Scalar value \(goFormat(least)) underflows int64")
        }
        if largest >= 0x1p63 { throw .execution("Scalar value \(goFormat(largest)) overflows int64") }
        return true
    }

    /// The positions of the `count` best points of one group at one step, best first. `value` gives the point of a
    /// series, if it has one; the mark if that is a histogram.
    ///
    /// Better is larger (or smaller), NaN last, and of equal values the one that comes first in the canonical order.
    private func best(
        _ count: Int, of positions: [Int], _ operation: AggregationOperator, at place: Int, value: (Int) -> Double?
    ) throws(QueryError) -> [Int] {
        if operation == .limitk {
            var first: [Int] = []
            for position in positions where first.count < count && value(position) != nil { first.append(position) }
            return first
        }
        typealias Entry = (value: Double, position: Int)
        let wantsLarger = operation == .topk
        func isBetter(_ a: Entry, _ b: Entry) -> Bool {
            if a.value.isNaN || b.value.isNaN {
                return a.value.isNaN == b.value.isNaN ? a.position < b.position : b.value.isNaN
            }
            if a.value == b.value { return a.position < b.position }
            return wantsLarger ? a.value > b.value : a.value < b.value
        }
        var heap = BoundedHeap<Entry>(capacity: count, isBetter: isBetter)
        var pace = QueryPace(query), hasHistograms = false
        for position in positions {
            try pace.step(4)
            guard let value = value(position) else { continue }
            if value.isHistogramMark { hasHistograms = true } else { heap.offer((value, position)) }
        }
        if hasHistograms { query.annotations.add(.ignoredInAggregation(operation.rawValue), at: place) }
        return try heap.elements.sorted(in: query, by: isBetter).map(\.position)
    }

    /// `limit_ratio(r, x)`: the series whose fingerprint, as a fraction of all fingerprints, is below r; from 1 + r up
    /// for a negative r. The same series at all times, whatever else there is.
    private func limitRatio(
        _ plan: AggregationPlan, _ parameter: ScalarRow, _ values: [Double], _ rows: any RowSource
    ) throws(QueryError) -> any RowSource {
        let place = plan.parameter!.place
        if values.allSatisfy({ $0 == 0 }) { return MatrixRows(grid: rows.grid) }
        if values.contains(where: \.isNaN) { throw .execution("Ratio value is NaN") }
        if let largest = values.max(), largest > 1 { warnOfRatio(largest, 1, at: place) }
        if let least = values.min(), least < -1 { warnOfRatio(least, -1, at: place) }
        var part = MatrixPart(query)
        try forEachRow(of: rows) { position, points throws(QueryError) in
            let series = try rows.series(at: position)
            let fraction = Double(series.labels.fingerprint) / 0x1p64
            var row = Row.absent(count: rows.grid.count)
            for step in 0..<rows.grid.count {
                let ratio = min(max(parameter[step], -1), 1)
                if ratio > 0 ? fraction < ratio : ratio < 0 && fraction >= 1 + ratio { row[step] = points[step] }
            }
            row.setHistograms(points.histograms)
            try part.append(row, series)
        }
        return MatrixRows(grid: rows.grid, parts: [part])
    }

    private func warnOfRatio(_ value: Double, _ bound: Double, at place: Int) {
        query.annotations.add(
            .warning,
            "ratio value should be between -1 and 1, got \(goFormat(value)), capping to \(goFormat(bound))", at: place)
    }
}

/// Points of a matrix that were chosen, series by series.
private struct ChosenPoints {
    private let matrix: MatrixRows
    private let query: QueryContext
    private let reservation: SampleReservation
    private var steps: [Int: [Int]] = [:]

    init(_ matrix: MatrixRows, _ query: QueryContext) {
        self.matrix = matrix
        self.query = query
        reservation = SampleReservation(query)
    }

    /// Chooses the points of some series at one step. Steps of one series are chosen in ascending order.
    mutating func choose(_ positions: [Int], at step: Int) throws(QueryError) {
        try reservation.grow(by: positions.count)
        for position in positions { steps[position, default: []].append(step) }
    }

    /// The chosen points, in the matrix' order.
    func rows() throws(QueryError) -> MatrixRows {
        var part = MatrixPart(query), pace = QueryPace(query)
        for position in steps.keys.sorted() {
            try pace.step(16 + matrix.grid.count)
            var row = Row.absent(count: matrix.grid.count)
            for step in steps[position]! { if let value = matrix.value(position, step) { row[step] = value } }
            row.setHistograms(matrix.histograms(at: position))
            try part.append(row, matrix.series(at: position))
        }
        return MatrixRows(grid: matrix.grid, parts: [part])
    }
}

/// Keeps the best `capacity` of what it is offered.
struct BoundedHeap<Element> {
    private let capacity: Int
    private let isBetter: (Element, Element) -> Bool
    /// The worst one first.
    private(set) var elements: [Element] = []

    init(capacity: Int, isBetter: @escaping (Element, Element) -> Bool) {
        self.capacity = capacity
        self.isBetter = isBetter
    }

    mutating func offer(_ element: Element) {
        if elements.count < capacity {
            elements.append(element)
            var child = elements.count - 1
            while child > 0, isBetter(elements[(child - 1) / 2], elements[child]) {
                elements.swapAt(child, (child - 1) / 2)
                child = (child - 1) / 2
            }
        } else if capacity > 0, isBetter(element, elements[0]) {
            elements[0] = element
            var parent = 0
            while true {
                var worst = parent
                for child in [2 * parent + 1, 2 * parent + 2] where child < elements.count {
                    if isBetter(elements[worst], elements[child]) { worst = child }
                }
                guard worst != parent else { return }
                elements.swapAt(parent, worst)
                parent = worst
            }
        }
    }

    /// All that are kept, best first.
    func sorted() -> [Element] { elements.sorted(by: isBetter) }
}
