internal import KTSDBModel

/// The start time of the samples from a row of a series on, up to the next run.
struct StartRun: Hashable, Sendable, BitwiseCopyable {
    var row: UInt32
    /// Milliseconds since the Unix epoch; 0 if it is not known.
    var start: Int64
}

/// The histograms and start times of a series in one generation, by row. Few series have any.
///
/// In the chunks, the value of a histogram's row is its digest. A copy is cheap and never changes: an append to a chunk
/// that a copy shares copies the chunk, at most 4 KiB.
struct SeriesDetails: Sendable {
    private var full: [HistogramChunk] = []
    private var fullByteCount = 0
    private var open: OpenHistogramChunk?
    /// Ascending by row. Before the first one, start times are not known.
    private(set) var starts: [StartRun] = []
    /// The series' newest histogram and its row; -1 is the last row of the previous generation.
    private var last: (histogram: Histogram, row: Int)?

    init() {}

    /// Creates the details of a series from a checkpoint.
    init(chunks: [HistogramChunk], starts: [StartRun]) {
        full = chunks
        fullByteCount = chunks.reduce(0) { $0 + $1.bytes.count }
        self.starts = starts
    }

    /// The histogram chunks, ascending by row.
    var chunks: [HistogramChunk] { open.map { full + [$0.closed] } ?? full }

    var isEmpty: Bool { full.isEmpty && open == nil && starts.isEmpty }

    /// Approximate bytes in memory.
    var byteCount: Int { fullByteCount + (open?.chunk.bytes.count ?? 0) + starts.count * 16 }

    /// Stores the histogram of a row, with its counter reset hint relative to the row before.
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

    /// Stores the start time of a row.
    mutating func note(start: Int64, row: UInt32) {
        if start != starts.last?.start ?? 0 { starts.append(StartRun(row: row, start: start)) }
    }

    /// Forgets the last histogram, so that the next one is stored without a counter reset hint from it.
    mutating func forgetLast() { last = nil }

    /// Returns what the next generation starts with when this one ends after `sampleCount` rows: the histogram of the
    /// last row, with which its first histogram is compared. nil if the last row is not a histogram.
    func next(after sampleCount: UInt32) -> SeriesDetails? {
        guard let last, last.row + 1 == Int(sampleCount) else { return nil }
        var next = SeriesDetails()
        next.last = (last.histogram, -1)
        return next
    }

    /// Writes `rows` to `columns`, from row `first` on. Returns false if a chunk does not decode.
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
