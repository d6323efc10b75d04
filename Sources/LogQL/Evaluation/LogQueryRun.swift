internal import KTSDBModel

/// What one evaluation carries: where it reads, what it may take, what it has cost.
final class LogQueryRun {
    let source: any LogSource
    let options: LogQLOptions
    var statistics = LogQueryStatistics()
    private let cancellation: LogQueryCancellation?
    private let began: ContinuousClock.Instant
    private var streams: Set<Labels> = []
    private var lastStream = Labels()

    init(_ source: any LogSource, _ options: LogQLOptions, _ cancellation: LogQueryCancellation?) {
        self.source = source
        self.options = options
        self.cancellation = cancellation
        began = options.clock()
    }

    /// Throws if the query was cancelled or has taken too long.
    func check() throws(LogQLError) {
        if let cancellation, cancellation.isCancelled { throw LogQLError(.cancelled, "the query was cancelled") }
        guard options.clock() - began < options.timeout else {
            throw LogQLError(
                .timeout,
                "the query took longer than \(options.timeout) and was ended; "
                    + "narrow its time range, or select fewer streams")
        }
    }

    /// Reads the lines of a query, and passes on each that passes its stages, with the entry that it was.
    ///
    /// `body` returns whether it wants another one.
    func read(
        _ query: LineQuery, unwrap: Unwrap? = nil, needs: LabelNeeds, in range: Range<Int64>,
        _ direction: LogDirection, _ body: (LogLine, ProcessedLine) throws(LogQLError) -> Bool
    ) throws(LogQLError) {
        var pipeline = try LinePipeline(stages: query.stages, unwrap: unwrap, needs: needs)
        guard !range.isEmpty else { return }
        try source.read(query.matchers, in: range, direction) { batch throws(LogQLError) in
            try check()
            for entry in batch {
                count(entry)
                guard let line = pipeline.process(entry) else { continue }
                statistics.linesPassed += 1
                if try !body(entry, line) { return false }
            }
            return true
        }
    }

    private func count(_ entry: LogLine) {
        statistics.linesProcessed += 1
        statistics.bytesProcessed += entry.line.count
        statistics.metadataBytesProcessed += entry.metadata.stringForm.count
        if entry.stream != lastStream || streams.isEmpty {
            lastStream = entry.stream
            streams.insert(entry.stream)
        }
    }

    /// The statistics at the end of the evaluation.
    func finish(entriesReturned: Int = 0) -> LogQueryStatistics {
        statistics.streams = streams.count
        statistics.entriesReturned = entriesReturned
        statistics.duration = options.clock() - began
        return statistics
    }
}
