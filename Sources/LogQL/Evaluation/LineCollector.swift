internal import KTSDBModel

/// Collects the lines of a log query by their labels, up to its limit.
struct LineCollector {
    /// What makes two lines one: lines of one stream at one time that have become equal are shown once.
    private struct Occurrence: Hashable {
        var stream: Labels
        var labels: LineIdentity
        var line: [UInt8]
    }

    private let request: LogRangeRequest
    private var places: [LineIdentity: Int] = [:]
    private var streams: [ResultStream] = []
    /// The lines at ``seenAt``.
    private var seen: Set<Occurrence> = []
    private var seenAt: Int64?
    /// The time of the last line that was kept, if lines must be apart.
    private var last: Int64?
    /// Lines so far. Those that ``LogRangeRequest/interval`` leaves out count, too: Loki applies the limit first.
    private(set) var count = 0
    private(set) var kept = 0

    init(_ request: LogRangeRequest) { self.request = request }

    var isFull: Bool { count >= request.limit }

    /// Adds a line, unless it is there already. Lines must come in the order of the request's direction.
    mutating func add(_ entry: LogLine, _ line: ProcessedLine) {
        let labels = LineIdentity(line)
        if seenAt != entry.time {
            seen.removeAll(keepingCapacity: true)
            seenAt = entry.time
        }
        guard seen.insert(Occurrence(stream: entry.stream, labels: labels, line: line.line)).inserted else { return }
        count += 1
        if request.interval > 0 {
            if let last {
                let distance = entry.time >= last ? entry.time.saturatingMinus(last) : last.saturatingMinus(entry.time)
                guard distance >= request.interval else { return }
            }
            last = entry.time
        }
        kept += 1
        var result = ResultLine(time: entry.time, line: line.line)
        if request.categorizesLabels {
            result.metadata = line.metadata
            result.parsed = line.parsed
            result.emptyLabels = line.emptyLabels
        }
        streams[place(of: labels, line)].lines.append(result)
    }

    private mutating func place(of labels: LineIdentity, _ line: ProcessedLine) -> Int {
        let key = request.categorizesLabels ? LineIdentity(stream: line.stream) : labels
        if let place = places[key] { return place }
        // Different categories may be the same labels when they are put together.
        let whole =
            request.categorizesLabels
            ? key : LineIdentity(stream: line.labels, emptyLabels: line.emptyLabels)
        let place = places[whole] ?? streams.count
        if place == streams.count {
            streams.append(ResultStream(labels: whole.stream, emptyLabels: whole.emptyLabels, lines: []))
        }
        places[whole] = place
        places[key] = place
        return place
    }

    /// The streams, ordered by labels.
    var result: [ResultStream] {
        streams.sorted { a, b in
            a.labels == b.labels ? a.emptyLabels.lexicographicallyPrecedes(b.emptyLabels) : a.labels < b.labels
        }
    }
}
