internal import KTSDBModel

/// The index of each group among those that a fold has met so far, or -1.
final class GroupPlaces {
    private var places: Column<Int32>

    init(_ count: Int) { places = Column(repeating: -1, count: count) }

    subscript(group: UInt32) -> Int32 {
        @inline(__always) get { places[Int(group)] }
        @inline(__always) set { places[Int(group)] = newValue }
    }
}

/// What one range of series adds up to: its own groups, at most as many as series.
///
/// Unchecked: made by one thread, then handed to the one that joins it; never used by two at once.
final class RangeFold: @unchecked Sendable {
    /// What all folds of one aggregation have in common.
    struct Shape {
        var operation: AggregationOperator
        /// Where the operand starts in the text.
        var place: Int
        var steps: Int
    }

    /// The groups that were met, in their order.
    private(set) var members: [Int] = []
    /// The groups that have a series whose name is taken away at the end of the query.
    private(set) var dropsName: Set<Int> = []
    private var fold: GroupFold
    private var histograms: HistogramFold
    private let steps: Int
    private let places: GroupPlaces

    /// `places` is used until ``leave()``; no other fold may use it meanwhile.
    init(_ shape: Shape, _ query: QueryContext, _ places: GroupPlaces) {
        fold = GroupFold(shape.operation, steps: shape.steps, query: query)
        histograms = HistogramFold(isMean: shape.operation == .avg, at: shape.place, query: query)
        steps = shape.steps
        self.places = places
    }

    /// Returns where the state of a group is, which is made if it is new.
    @inline(__always)
    func place(of group: UInt32) throws(QueryError) -> Int {
        let place = places[group]
        return place >= 0 ? Int(place) : try add(group)
    }

    @inline(never)
    private func add(_ group: UInt32) throws(QueryError) -> Int {
        try fold.addGroup()
        places[group] = Int32(members.count)
        members.append(Int(group))
        return members.count - 1
    }

    /// Notes that the name of a series in this group is taken away at the end of the query.
    func noteDroppedName(in group: UInt32) { dropsName.insert(Int(group)) }

    /// Adds the points of a series.
    func add(_ row: borrowing Row, toPlace place: Int) { fold.add(row, to: place) }

    /// Adds one point of each of many series; each goes to the place at its index.
    func add(_ points: borrowing Row, toPlaces places: Span<Int32>) { fold.add(points, toEach: places) }

    /// Adds the histograms of a series.
    func add(_ points: HistogramPoints, toPlace place: Int, metricName: String) throws(QueryError) {
        try histograms.add(points, to: place, metricName: metricName)
    }

    /// Gives the places back; no more series are added.
    func leave() { for group in members { places[UInt32(group)] = -1 } }

    /// Takes in a range that comes after what is here.
    func join(_ other: RangeFold) throws(QueryError) {
        dropsName.formUnion(other.dropsName)
        for (source, group) in other.members.enumerated() {
            let place = try place(of: UInt32(group))
            fold.join(other.fold, group: source, into: place)
            if !other.histograms.isEmpty {
                try histograms.join(other.histograms, group: source, into: place, steps: steps)
            }
        }
    }

    /// Adds the annotations about what was added, before the first group is finished.
    func addAnnotations() { histograms.addAnnotations() }

    /// Writes the result of the group at `place`.
    func finish(_ place: Int, into row: inout Row) {
        row.setHistograms(HistogramPoints())
        fold.finish(place, into: &row)
        if !histograms.isEmpty { histograms.finish(place, into: &row) }
    }
}

/// Folds ranges of series on one thread.
final class FoldWorker {
    private let worker: RowWorker
    private let rows: any RowSource
    private let groups: SeriesGroups
    private let shape: RangeFold.Shape
    private let leavesNames: Bool
    private let query: QueryContext
    private let places: GroupPlaces
    /// The place of each series of a range, while one step is read.
    private var targets = Column<Int32>()

    init(
        _ rows: any RowSource, _ groups: SeriesGroups, _ shape: RangeFold.Shape, leavesNames: Bool,
        _ query: QueryContext
    ) {
        worker = RowWorker(rows, query)
        self.rows = rows
        self.groups = groups
        self.shape = shape
        self.leavesNames = leavesNames
        self.query = query
        places = GroupPlaces(groups.count)
    }

    /// Returns what the series of a range add up to.
    func fold(_ range: Range<Int>) throws(QueryError) -> RangeFold {
        let part = RangeFold(shape, query, places)
        defer { part.leave() }
        if shape.steps == 1, worker.readsSteps {
            try foldStep(range, into: part)
            return part
        }
        for position in range where try worker.read(position) {
            let points = worker.histograms(for: shape.operation, at: shape.place)
            let place = try place(of: position, in: part)
            part.add(worker.row, toPlace: place)
            if !points.isEmpty { try part.add(points, toPlace: place, metricName: try metricName(of: position)) }
        }
        return part
    }

    /// Folds one point of each series.
    private func foldStep(_ range: Range<Int>, into part: RangeFold) throws(QueryError) {
        try worker.readStep(of: range)
        targets.removeAll()
        // Groups come in the order of their series, whether those have floats or histograms.
        for index in 0..<range.count {
            let isAbsent = worker.row[index].isAbsent
            targets.append(isAbsent ? -1 : Int32(try place(of: range.lowerBound + index, in: part)))
        }
        let histograms = worker.histograms(for: shape.operation, at: shape.place)
        for index in 0..<range.count where worker.row[index].isAbsent { targets[index] = -1 }
        part.add(worker.row, toPlaces: targets.span)
        for (index, histogram) in zip(histograms.steps, histograms.values) {
            let position = range.lowerBound + index
            var point = HistogramPoints()
            point.append(histogram, at: 0)
            try part.add(point, toPlace: try place(of: position, in: part), metricName: try metricName(of: position))
        }
    }

    @inline(__always)
    private func place(of position: Int, in part: RangeFold) throws(QueryError) -> Int {
        let group = groups.numbers[position]
        if !groups.dropsName.isEmpty, groups.dropsName[position] { part.noteDroppedName(in: group) }
        return try part.place(of: group)
    }

    private func metricName(of position: Int) throws(QueryError) -> String {
        leavesNames ? "" : try rows.series(at: position).labels.metricName ?? ""
    }
}
