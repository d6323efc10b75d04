internal import KTSDBModel

extension Evaluator {
    /// `sort`, `sort_desc`: the floats of an instant query in the order of their values.
    func sorted(
        _ call: CallPlan, descending: Bool, at place: Int, on grid: StepGrid
    ) throws(QueryError) -> any RowSource {
        let rows = try vector(call.arguments[0], on: grid)
        guard grid.isInstant else {
            warnOfOrder(at: place)
            // By value only floats can be ordered; histograms are dropped even where there is no order.
            return MappedRows(rows, changingRows: { $0.dropHistograms() })
        }
        let matrix = try materialized(rows)
        var positions = Array(0..<matrix.count)
        if matrix.hasHistograms { positions.removeAll { matrix.float($0, 0) == nil } }
        let values = (0..<matrix.count).map { matrix.value($0, 0)! }
        // NaN last in both orders; equal values stay in the canonical order.
        return matrix.reordered(
            try positions.sorted(in: query) { a, b in
                let x = values[a], y = values[b]
                if x.isNaN || y.isNaN { return x.isNaN == y.isNaN ? a < b : y.isNaN }
                return x == y ? a < b : (x < y) != descending
            })
    }

    /// `sort_by_label`, `sort_by_label_desc`: the series of an instant query in the order of some labels.
    func sortedByLabel(
        _ call: CallPlan, descending: Bool, at place: Int, on grid: StepGrid
    ) throws(QueryError) -> any RowSource {
        let rows = try vector(call.arguments[0], on: grid)
        guard grid.isInstant else {
            warnOfOrder(at: place)
            return rows
        }
        let matrix = try materialized(rows)
        let names = call.arguments.dropFirst().map { string($0) }
        let labels = (0..<matrix.count).map { matrix.series(at: $0).labels }
        // Runs of digits are looked for anew each time.
        let units = 32 * (names.count + 1)
        return matrix.reordered(
            try Array(labels.indices).sorted(in: query, units: units) { a, b in
                Self.precedes(labels[descending ? b : a], labels[descending ? a : b], by: names)
            })
    }

    /// The result of a range query is ordered by labels in any case.
    private func warnOfOrder(at place: Int) {
        query.annotations.add(
            .warning, "sort is ineffective for range queries since results are always ordered by labels", at: place)
    }

    /// The order of label values as people count: a2 before a10; all labels decide between equals.
    private static func precedes(_ a: Labels, _ b: Labels, by names: [String]) -> Bool {
        for name in names {
            let x = a[name] ?? "", y = b[name] ?? ""
            if x != y { return NaturalOrder.precedes(x, y) }
        }
        return a < b
    }
}

/// Compares texts with runs of digits taken as numbers.
enum NaturalOrder {
    /// Whether `a` comes before `b`: run by run of digits and of other characters. Numbers are compared as such when
    /// both runs are digits; equal numbers with leading zeros are decided by what follows, then by length.
    static func precedes(_ a: String, _ b: String) -> Bool {
        let left = runs(a), right = runs(b)
        for (x, y) in zip(left, right) where x != y {
            guard x.first!.isDigit, y.first!.isDigit else { return x.lexicographicallyPrecedes(y) }
            let p = x.drop { $0 == UInt8(ascii: "0") }, q = y.drop { $0 == UInt8(ascii: "0") }
            if p.count != q.count { return p.count < q.count }
            if !p.elementsEqual(q) { return p.lexicographicallyPrecedes(q) }
            // Equal numbers: the one with fewer zeros first.
            if x.count != y.count { return x.count < y.count }
        }
        return left.count < right.count
    }

    private static func runs(_ text: String) -> [ArraySlice<UInt8>] {
        let bytes = Array(text.utf8)
        var runs: [ArraySlice<UInt8>] = [], start = 0
        for index in bytes.indices where index + 1 == bytes.count || bytes[index].isDigit != bytes[index + 1].isDigit {
            runs.append(bytes[start...index])
            start = index + 1
        }
        return runs
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }
}
