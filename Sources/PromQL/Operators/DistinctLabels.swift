internal import KTSDBModel

// An operation that changes labels can make two series equal: abs({__name__=~"a|b"}) has lost what distinguished a from
// b. Prometheus refuses two points of equal series at one time, and joins series that have points at different times
// (except directly after a function over a range vector, where equal series are refused in any case).

enum DistinctLabels {
    /// What Prometheus says.
    static let failure = QueryError.execution("vector cannot contain metrics with the same labelset")

    /// The positions that share their labels with another, in groups; empty if all are different.
    static func groups(of identities: [SeriesIdentity], query: QueryContext) throws(QueryError) -> [[Int]] {
        guard identities.count > 1 else { return [] }
        var firsts: [Labels: Int] = [:], pace = QueryPace(query)
        let reservation = SampleReservation(query)
        try reservation.grow(bytes: identities.count * 32)
        firsts.reserveCapacity(identities.count)
        var groups: [Int: [Int]] = [:]
        for (position, identity) in identities.enumerated() {
            try pace.step(8 + identity.labels.stringForm.count / 16)
            if let first = firsts[identity.labels] {
                groups[first, default: [first]].append(position)
            } else {
                firsts[identity.labels] = position
            }
        }
        return groups.keys.sorted().map { groups[$0]! }
    }

    /// `rows`, whose labels now are `identities`, with each set of equal series joined into the first of them.
    ///
    /// Whether the name is taken away at the end is as the one with the first point has it, as in Prometheus.
    ///
    /// Refused if two of them have a point at one step; or, if `mayJoin` is false, at all. `waits`: where names are
    /// taken away at the end, equal series of one time are left as they are until then, and an aggregation may make one
    /// of them.
    static func joined(
        _ rows: any RowSource, _ identities: [SeriesIdentity], mayJoin: Bool = true, waits: Bool = false,
        query: QueryContext
    ) throws(QueryError) -> any RowSource {
        let groups = try groups(of: identities, query: query)
        let isLeft = waits && rows.grid.isInstant && query.options.delayedNameRemoval
        guard !groups.isEmpty, !isLeft else { return MappedRows(rows, identities: identities) }
        var partners: [Int: [Int]] = [:], isPartner: Set<Int> = []
        for group in groups {
            partners[group[0]] = Array(group.dropFirst())
            isPartner.formUnion(group.dropFirst())
        }
        let reader = rows.makeReader()
        var pace = QueryPace(query)
        var row = Row.absent(count: rows.grid.count), other = Row.absent(count: rows.grid.count)
        var part = MatrixPart(query)
        for position in 0..<rows.count where !isPartner.contains(position) {
            try pace.step(16 + rows.grid.count)
            var hasPoint = try reader.read(position, into: &row)
            var identity = identities[position]
            var first = hasPoint ? row.presentSteps.first ?? .max : .max
            for partner in partners[position] ?? [] where try reader.read(partner, into: &other) {
                try pace.step(16 + rows.grid.count)
                let begin = other.presentSteps.first ?? .max
                if begin < first { (first, identity) = (begin, identities[partner]) }
                if hasPoint {
                    guard mayJoin else { throw failure }
                    guard row.join(other) else { throw failure }
                } else {
                    row.copy(other)
                    hasPoint = true
                }
            }
            if hasPoint { try part.append(row, identity) }
        }
        return MatrixRows(grid: rows.grid, parts: [part])
    }
}
