internal import KTSDBModel

/// The order in which a matrix shows its series.
enum LabelOrder {
    /// The positions of `labels` in ascending order.
    ///
    /// All labels are put into one run of bytes first: comparing two of them then touches no reference count.
    static func positions(of labels: [Labels], query: QueryContext) throws(QueryError) -> [Int] {
        let reservation = SampleReservation(query)
        var pace = QueryPace(query), size = labels.count * 16
        for label in labels { size += label.stringForm.count }
        try reservation.grow(bytes: size)
        var bytes: [UInt8] = [], ends: [Int] = []
        bytes.reserveCapacity(labels.reduce(0) { $0 + $1.stringForm.count })
        ends.reserveCapacity(labels.count)
        for label in labels {
            try pace.step(2 + label.stringForm.count / 64)
            bytes += label.stringForm
            ends.append(bytes.count)
        }
        func range(_ position: Int) -> Range<Int> { (position == 0 ? 0 : ends[position - 1])..<ends[position] }
        return try Array(labels.indices).sorted(in: query, units: 8) { a, b in
            Labels.precedes(bytes.span.extracting(range(a)), bytes.span.extracting(range(b)))
        }
    }
}
