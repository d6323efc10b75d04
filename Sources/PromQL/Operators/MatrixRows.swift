internal import KTSDBModel

/// Rows that are in memory, each from its first to its last point.
final class MatrixRows: RowSource {
    /// Where the points of a row are.
    struct Place: Sendable {
        var segment: Int
        var offset: Int
        /// The step of the first point.
        var first: Int
        var count: Int
        /// Where the row's histograms are; -1 if it has none.
        var histograms = -1

        /// The same row, after this many segments and histograms of others.
        func moved(segments: Int, histograms: Int) -> Place {
            var place = self
            place.segment += segments
            if place.histograms >= 0 { place.histograms += histograms }
            return place
        }
    }

    let grid: StepGrid
    let identities: [SeriesIdentity]
    private let segments: [[Double]]
    private let histograms: [HistogramPoints]
    private let places: [Place]
    private let reservations: [SampleReservation]

    private init(
        grid: StepGrid, identities: [SeriesIdentity], segments: [[Double]], histograms: [HistogramPoints],
        places: [Place], reservations: [SampleReservation]
    ) {
        self.grid = grid
        self.identities = identities
        self.segments = segments
        self.histograms = histograms
        self.places = places
        self.reservations = reservations
    }

    /// The rows of `parts`, one after the other; no series without parts.
    convenience init(grid: StepGrid, parts: [MatrixPart] = []) {
        var segments: [[Double]] = [], places: [Place] = [], histograms: [HistogramPoints] = []
        for part in parts {
            let base = segments.count, histogramBase = histograms.count
            segments += part.segments
            histograms += part.histograms
            places += part.places.map { $0.moved(segments: base, histograms: histogramBase) }
        }
        self.init(
            grid: grid, identities: parts.flatMap(\.identities), segments: segments, histograms: histograms,
            places: places, reservations: parts.map(\.reservation))
    }

    /// The rows of several sources, one after the other; their points are not copied.
    convenience init(grid: StepGrid, joining sources: [MatrixRows]) {
        var segments: [[Double]] = [], places: [Place] = [], histograms: [HistogramPoints] = []
        for source in sources {
            let base = segments.count, histogramBase = histograms.count
            segments += source.segments
            histograms += source.histograms
            places += source.places.map { $0.moved(segments: base, histograms: histogramBase) }
        }
        self.init(
            grid: grid, identities: sources.flatMap(\.identities), segments: segments, histograms: histograms,
            places: places, reservations: sources.flatMap(\.reservations))
    }

    var count: Int { places.count }

    func series(at position: Int) -> SeriesIdentity { identities[position] }

    /// The points of a row from its first to its last, and the step of the first.
    func points(at position: Int) -> (first: Int, values: ArraySlice<Double>) {
        let place = places[position]
        return (place.first, segments[place.segment][place.offset..<(place.offset + place.count)])
    }

    /// The point of the series at `position` at `step`, if it has one; the mark if that is a histogram.
    @inline(__always)
    func value(_ position: Int, _ step: Int) -> Double? {
        let place = places[position]
        guard step >= place.first, step < place.first + place.count else { return nil }
        let value = segments[place.segment][place.offset + step - place.first]
        return value.isAbsent ? nil : value
    }

    /// The float of the series at `position` at `step`, if its point is one.
    @inline(__always)
    func float(_ position: Int, _ step: Int) -> Double? {
        guard let value = value(position, step), !value.isHistogramMark else { return nil }
        return value
    }

    /// Whether the row at `position` has any histogram.
    func hasHistograms(at position: Int) -> Bool { places[position].histograms >= 0 }

    /// The histograms of a row at marked steps; entries for other steps have no meaning.
    func histograms(at position: Int) -> HistogramPoints {
        let place = places[position].histograms
        return place < 0 ? HistogramPoints() : histograms[place]
    }

    /// The histogram of the series at `position` at `step`, if its point is one.
    func histogram(_ position: Int, _ step: Int) -> Histogram? {
        let place = places[position].histograms
        guard place >= 0, value(position, step)?.isHistogramMark ?? false else { return nil }
        return histograms[place].histogram(at: step)
    }

    /// Whether any row has histograms.
    var hasHistograms: Bool { !histograms.isEmpty && places.contains { $0.histograms >= 0 } }

    /// The rows at `positions`, in that order.
    func reordered(_ positions: [Int]) -> MatrixRows {
        MatrixRows(
            grid: grid, identities: positions.map { identities[$0] }, segments: segments, histograms: histograms,
            places: positions.map { places[$0] }, reservations: reservations)
    }

    func makeReader() -> any RowReader { Reader(self) }

    private final class Reader: RowReader {
        let rows: MatrixRows
        init(_ rows: MatrixRows) { self.rows = rows }

        func read(_ position: Int, into row: inout Row) throws(QueryError) -> Bool {
            let place = rows.places[position]
            let segment = rows.segments[place.segment]
            var steps = row.mutableSpan
            steps.clear(0..<place.first)
            steps.write(segment.span.extracting(place.offset..<(place.offset + place.count)), at: place.first)
            steps.clear((place.first + place.count)..<steps.count)
            row.setHistograms(rows.histograms(at: position))
            return place.count > 0
        }
    }
}

/// Some consecutive rows of a matrix, as one thread collects them.
struct MatrixPart: Sendable {
    fileprivate var identities: [SeriesIdentity] = []
    fileprivate var segments: [[Double]] = []
    fileprivate var histograms: [HistogramPoints] = []
    fileprivate var places: [MatrixRows.Place] = []
    fileprivate var reservation: SampleReservation

    /// Points in one piece of memory: large enough to be rare, small enough that growing it is cheap.
    private static let segmentSize = 1 << 15

    init(_ query: QueryContext) { reservation = SampleReservation(query) }

    /// Adds a row of one step: a float, or the histogram if there is one.
    mutating func append(_ value: Double, _ histogram: Histogram?, _ identity: SeriesIdentity) throws(QueryError) {
        var row = Row(capacity: 1)
        row.append(value)
        if let histogram {
            var points = HistogramPoints()
            points.append(histogram, at: 0)
            row.put(points)
        }
        try append(row, identity)
    }

    /// Adds a row if it has any point.
    mutating func append(
        _ row: borrowing Row, _ identity: @autoclosure () throws(QueryError) -> SeriesIdentity
    ) throws(QueryError) {
        let steps = row.presentSteps
        guard !steps.isEmpty else { return }
        try reservation.grow(by: steps.count)
        try reservation.grow(bytes: SeriesIdentity.baseByteCount)
        if segments.isEmpty || segments[segments.count - 1].count + steps.count > Self.segmentSize {
            segments.append([])
        }
        let segment = segments.count - 1
        var place = MatrixRows.Place(
            segment: segment, offset: segments[segment].count, first: steps.lowerBound, count: steps.count)
        let present = row.hasHistograms ? row.presentHistograms : HistogramPoints()
        if !present.isEmpty {
            try reservation.grow(by: present.sampleCount)
            place.histograms = histograms.count
            histograms.append(present)
        }
        identities.append(try identity())
        places.append(place)
        segments[segment].append(row.span.extracting(steps))
    }
}
