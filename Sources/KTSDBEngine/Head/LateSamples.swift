internal import KTSDBModel

/// The histogram and the start time of a late sample.
struct LateDetails: Sendable {
    var histogram: Histogram?
    /// Milliseconds since the Unix epoch; 0 if it is not known.
    var start: Int64
}

/// The late samples of a slab in one head generation: those that are not newer than their series' newest one. In the
/// order of their arrival.
///
/// They come in any order of time, so a chunk cannot take them: times ascend there. Each is stored as it came, in 22
/// bytes, and linked to the one before it of the same series. So an append costs the same however many there are, and a
/// read of a series costs what the series has. What they have besides times and values is kept by their number.
///
/// Samples are only added, so a number of samples is a moment: a view sees the first so many.
struct LateSamples: Sendable {
    private var times: [Int64] = []
    private var bits: [UInt64] = []
    /// The place of the series, and a flag.
    private var marks: [UInt16] = []
    /// The number of the series' previous late sample, plus one; 0 for its first.
    private var previous: [UInt32] = []
    private var details: [UInt32: LateDetails] = [:]
    /// By place, the number of the series' newest late sample, plus one; 0 for a series without any. Empty while
    /// the slab has no late samples.
    private var last: [UInt32] = []
    private var detailsByteCount = 0

    private static let replacesFlag: UInt16 = 0x8000
    private static let sampleByteCount = 22

    var count: Int { times.count }
    var isEmpty: Bool { times.isEmpty }

    /// Bytes in memory.
    var byteCount: Int {
        isEmpty ? 0 : times.count * Self.sampleByteCount + detailsByteCount + Slab.capacity * MemoryLayout<UInt32>.size
    }

    /// Whether the series at `place` has late samples.
    func has(_ place: SlabPlace) -> Bool { !last.isEmpty && last[place.index] != 0 }

    /// Adds a sample. If `replaces`, it counts instead of what is stored at its time.
    mutating func append(
        _ place: SlabPlace, time: Int64, bits: UInt64, replaces: Bool, _ histogram: Histogram?, start: Int64
    ) {
        if last.isEmpty { last = [UInt32](repeating: 0, count: Slab.capacity) }
        times.append(time)
        self.bits.append(bits)
        marks.append(UInt16(truncatingIfNeeded: place.index) | (replaces ? Self.replacesFlag : 0))
        previous.append(last[place.index])
        last[place.index] = UInt32(truncatingIfNeeded: times.count)
        guard histogram != nil || start != 0 else { return }
        details[UInt32(truncatingIfNeeded: times.count - 1)] = LateDetails(histogram: histogram, start: start)
        detailsByteCount += 64 + (histogram?.byteCount ?? 0)
    }

    /// One sample, as it came.
    struct Sample: BitwiseCopyable {
        var time: Int64
        var bits: UInt64
        var place: SlabPlace
        var replaces: Bool
    }

    /// The sample with this number.
    subscript(number: Int) -> Sample {
        Sample(
            time: times[number], bits: bits[number], place: SlabPlace(of: UInt32(marks[number])),
            replaces: marks[number] & Self.replacesFlag != 0)
    }

    /// The details of the sample with this number; nil for most.
    func details(of number: Int) -> LateDetails? {
        details.isEmpty ? nil : details[UInt32(truncatingIfNeeded: number)]
    }

    /// Calls `body` with the numbers of the samples of a series among the first `visible`, the newest first, until it
    /// returns false.
    func forEachNumber(of place: SlabPlace, visible: Int, _ body: (Int) -> Bool) {
        guard !last.isEmpty else { return }
        var next = Int(last[place.index])
        while next > 0 {
            if next <= visible, !body(next - 1) { return }
            next = Int(previous[next - 1])
        }
    }

    /// Whether a series has a sample in a range of time among the first `visible`.
    func has(_ place: SlabPlace, in range: ClosedRange<Int64>, visible: Int) -> Bool {
        var isFound = false
        forEachNumber(of: place, visible: visible) { number in
            isFound = range.contains(times[number])
            return !isFound
        }
        return isFound
    }

    /// Returns the samples of a series in a range of time among the first `visible`.
    func samples(of place: SlabPlace, in range: ClosedRange<Int64>, visible: Int) -> ArrivedLate {
        var arrived = ArrivedLate()
        forEachNumber(of: place, visible: visible) { number in
            if range.contains(times[number]) {
                arrived.samples.append(
                    ArrivedLate.Sample(
                        time: times[number], bits: bits[number], number: number,
                        replaces: marks[number] & Self.replacesFlag != 0))
                if let held = details(of: number) { arrived.details[number] = held }
            }
            return true
        }
        return arrived
    }
}

/// The late samples of one series, in any order; their numbers say in which order they came.
struct ArrivedLate {
    struct Sample: BitwiseCopyable {
        var time: Int64
        var bits: UInt64
        var number: Int
        var replaces: Bool
    }

    var samples: [Sample] = []
    var details: [Int: LateDetails] = [:]

    var isEmpty: Bool { samples.isEmpty }

    /// Puts late samples and those that came in order together: at each time the one that counts.
    ///
    /// Of the samples at one time, the first counts, unless a later one replaces it. What counts then goes to
    /// `replacing` if it also counts instead of what earlier generations have, and otherwise to `columns`.
    /// - Parameters:
    ///   - stored: The samples that came in order, before any late one at the same time.
    ///   - parts: Where in `stored` parts begin, each of which ascends in time.
    ///   - columns: Receives the samples that do not replace others; they ascend.
    ///   - replacing: Receives the samples that do; they ascend.
    func merge(
        _ stored: borrowing SampleColumns, parts: [Int], into columns: inout SampleColumns,
        replacing: inout SampleColumns
    ) {
        struct Row {
            var time: Int64
            /// In `stored`, or after all of these in the order of arrival.
            var row: Int
            /// The index in `samples`; -1 for a row of `stored`.
            var late: Int
        }
        let storedCount = stored.times.count
        var rows: [Row] = []
        rows.reserveCapacity(storedCount + samples.count)
        for row in 0..<storedCount { rows.append(Row(time: stored.times[row], row: row, late: -1)) }
        for (index, sample) in samples.enumerated() {
            rows.append(Row(time: sample.time, row: storedCount + sample.number, late: index))
        }
        rows.sort { ($0.time, $0.row) < ($1.time, $1.row) }
        let partStarts = Set(parts)
        var first = 0
        /// The row of `stored` that was taken last, if it was the last one taken of all.
        var rowBefore = -2
        while first < rows.count {
            var winner = rows[first], end = first + 1
            while end < rows.count, rows[end].time == rows[first].time {
                if rows[end].late >= 0, samples[rows[end].late].replaces { winner = rows[end] }
                end += 1
            }
            first = end
            guard winner.late >= 0 else {
                let continues = winner.row == rowBefore + 1 && !partStarts.contains(winner.row)
                columns.append(row: winner.row, of: stored, continues: continues)
                rowBefore = winner.row
                continue
            }
            rowBefore = -2
            let sample = samples[winner.late], held = details[sample.number]
            if sample.replaces {
                replacing.append(sample.time, sample.bits, held)
            } else {
                columns.append(sample.time, sample.bits, held)
            }
        }
    }
}

extension SampleColumns {
    /// Appends a row of other columns. A histogram that does not follow the row before it is no longer known not to be
    /// a reset.
    fileprivate mutating func append(row: Int, of other: borrowing SampleColumns, continues: Bool) {
        let place = other.histograms.isEmpty ? nil : other.histograms.places(of: row..<(row + 1)).first
        if let place {
            histograms.append(other.histograms.values[place], row: times.count)
            if !continues { histograms.forgetNoReset(at: histograms.count - 1) }
        }
        append(start: row < other.startTimes.count ? other.startTimes[row] : 0)
        times.append(other.times[row])
        values.append(other.values[row])
    }

    /// Appends a sample with its details.
    mutating func append(_ time: Int64, _ bits: UInt64, _ details: LateDetails?) {
        if let histogram = details?.histogram { histograms.append(histogram, row: times.count) }
        append(start: details?.start ?? 0)
        times.append(time)
        values.append(details?.histogram == nil ? Double(bitPattern: bits) : 0)
    }

    private mutating func append(start: Int64) {
        guard start != 0 || !startTimes.isEmpty else { return }
        if startTimes.count < times.count { _ = startTimes.extend(by: times.count - startTimes.count) }
        startTimes.append(start)
    }
}
