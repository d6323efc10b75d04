internal import KTSDBModel

/// When the counting began, from a row of a series on.
struct StartRun: Hashable, Sendable, BitwiseCopyable {
    var row: UInt32
    /// Milliseconds since the Unix epoch; 0 where it is not known.
    var start: Int64
}

/// What a series has beside times and values in one generation: histograms and start times, by row. Few series have
/// any.
///
/// The row of a histogram has the histogram's digest as its value. A copy is cheap, and does not change: appends to
/// chunks that a copy holds copy these, at most 4 KiB.
struct SeriesDetails: Sendable {
    private var full: [HistogramChunk] = []
    private var fullByteCount = 0
    private var open: OpenHistogramChunk?
    /// Ascending by row; before the first one no start time is known.
    private(set) var starts: [StartRun] = []
    /// The series' newest histogram and its row; -1 stands for the row before the generation's first one.
    private var last: (histogram: Histogram, row: Int)?

    init() {}

    /// What a checkpoint has of a series.
    init(chunks: [HistogramChunk], starts: [StartRun]) {
        full = chunks
        fullByteCount = chunks.reduce(0) { $0 + $1.bytes.count }
        self.starts = starts
    }

    /// Chunks of histograms, ascending by row.
    var chunks: [HistogramChunk] { open.map { full + [$0.closed] } ?? full }

    var isEmpty: Bool { full.isEmpty && open == nil && starts.isEmpty }

    /// Bytes in memory, about.
    var byteCount: Int { fullByteCount + (open?.chunk.bytes.count ?? 0) + starts.count * 16 }

    /// Stores the histogram of a row, with what is known of a reset when it comes.
    mutating func append(_ histogram: Histogram, row: UInt32) {
        var histogram = histogram
        let previous = last.flatMap { $0.row + 1 == Int(row) ? $0.histogram : nil }
        histogram.counterResetHint = histogram.storedHint(after: previous)
        last = (histogram, Int(row))
        if open?.append(histogram, row: row) == true { return }
        if let open {
            full.append(open.closed)
            fullByteCount += full[full.count - 1].bytes.count
        }
        open = OpenHistogramChunk(histogram, row: row)
    }

    /// Notes when the counting began that a row is the result of.
    mutating func note(start: Int64, row: UInt32) {
        if start != starts.last?.start ?? 0 { starts.append(StartRun(row: row, start: start)) }
    }

    /// Lets nothing be known of a reset where the next histogram comes.
    mutating func forgetLast() { last = nil }

    /// What is left for the next generation, when this one ends after `sampleCount` rows: what its first histogram has
    /// to be compared with. nil for nothing.
    func next(after sampleCount: UInt32) -> SeriesDetails? {
        guard let last, last.row + 1 == Int(sampleCount) else { return nil }
        var next = SeriesDetails()
        next.last = (last.histogram, -1)
        return next
    }

    /// Puts the rows `rows` into `columns`, whose row `first` is the first of them. False if chunks do not decode.
    func decode(_ rows: Range<Int>, into columns: inout SampleColumns, at first: Int) -> Bool {
        let distance = first - rows.lowerBound
        for chunk in chunks where chunk.rows.overlaps(rows) {
            let isWhole = chunk.decode(limit: rows.upperBound - chunk.rows.lowerBound) { histogram, row in
                guard row >= rows.lowerBound else { return }
                columns.histograms.append(histogram, row: row + distance)
                columns.values[row + distance] = 0
            }
            guard isWhole else { return false }
        }
        guard starts.first.map({ Int($0.row) < rows.upperBound }) ?? false else { return true }
        if columns.startTimes.count < first { _ = columns.startTimes.extend(by: first - columns.startTimes.count) }
        var run = 0
        for row in rows {
            while run < starts.count, Int(starts[run].row) <= row { run += 1 }
            columns.startTimes.append(run == 0 ? 0 : starts[run - 1].start)
        }
        return true
    }
}
