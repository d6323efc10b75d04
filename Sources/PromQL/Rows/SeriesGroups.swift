internal import KTSDBModel

/// The groups of all series of a source.
struct SeriesGroups: Sendable {
    /// The group of each series, by position. Groups are numbered in the order of their first series.
    private(set) var numbers: [UInt32] = []
    /// The labels of each group.
    private(set) var labels: [Labels] = []
    /// Whether the name of each series is taken away at the end of the query, by position; empty if that of none is.
    private(set) var dropsName: [Bool] = []

    /// The number of groups.
    var count: Int { labels.count }

    /// One group of `count` series.
    init(single count: Int, query: QueryContext) throws(QueryError) {
        try query.reserve(bytes: 4 * count)
        numbers = [UInt32](repeating: 0, count: count)
        labels = [Labels()]
    }

    /// Reads the labels of all series.
    init(
        _ count: Int, by grouping: Grouping, query: QueryContext,
        series: (Int) throws(QueryError) -> SeriesIdentity
    ) throws(QueryError) {
        var table = GroupTable(), pace = QueryPace(query)
        try query.reserve(bytes: 4 * count)
        numbers.reserveCapacity(count)
        for position in 0..<count {
            let series = try series(position), known = table.identities.count
            try pace.step(16 + series.labels.stringForm.count / 8)
            let labels = grouping.labels(of: series.labels)
            let number = table.number(of: labels, dropsName: series.dropsName)
            if number == known {
                // Groups stay counted until the query ends: their labels are those of the result.
                try query.reserve(bytes: labels.stringForm.count + 2 * SeriesIdentity.baseByteCount)
            }
            numbers.append(UInt32(number))
            if series.dropsName, dropsName.isEmpty { dropsName = Array(repeating: false, count: count) }
            if series.dropsName { dropsName[position] = true }
        }
        labels = table.identities.map(\.labels)
    }

    /// The groups of series of which storage knows the classes; `labels` are those of a series at a position.
    init(
        _ classes: LabelClasses, by grouping: Grouping, query: QueryContext,
        labels: (Int) throws(QueryError) -> Labels
    ) throws(QueryError) {
        var table = GroupTable(), groups: [UInt32] = [], pace = QueryPace(query)
        try query.reserve(bytes: 4 * classes.numbers.count)
        for position in classes.firstSeries {
            let labels = grouping.labels(of: try labels(position))
            try pace.step(16 + labels.stringForm.count / 8)
            try query.reserve(bytes: labels.stringForm.count + 2 * SeriesIdentity.baseByteCount)
            groups.append(UInt32(table.number(of: labels, dropsName: false)))
        }
        numbers = classes.numbers
        if table.identities.count < groups.count { numbers = numbers.map { groups[Int($0)] } }
        self.labels = table.identities.map(\.labels)
    }

    /// The groups that have series, in the order of the first one, with the positions of their series. Counts only the
    /// series that meet a condition.
    func members(
        _ query: QueryContext, where isMember: (Int) -> Bool = { _ in true }
    ) throws(QueryError) -> [(group: SeriesIdentity, positions: [Int])] {
        var members: [(group: SeriesIdentity, positions: [Int])] = [], pace = QueryPace(query)
        var places = [Int](repeating: -1, count: count)
        try query.reserve(bytes: 16 * numbers.count + 8 * count)
        for (position, number) in numbers.enumerated() where isMember(position) {
            try pace.step()
            let group = Int(number)
            if places[group] < 0 {
                places[group] = members.count
                members.append((SeriesIdentity(labels: labels[group], dropsName: false), []))
            }
            members[places[group]].positions.append(position)
            if !dropsName.isEmpty, dropsName[position] { members[places[group]].group.dropsName = true }
        }
        return members
    }
}
