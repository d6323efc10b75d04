internal import KTSDBModel

/// The columns of one series: points of rollups where nothing is fresh, and raw samples at all other times.
struct RollupMerge: ~Copyable {
    let grid: RollupGrid
    /// The times that are asked for; both ends are ends of intervals, the first one exclusively.
    let range: ClosedRange<Int64>
    /// The points, by the ends of their intervals; a counter has up to four samples for each.
    private var points = SampleColumns()
    /// For each sample in `points`, the end of its interval.
    private var ends: [Int64] = []
    /// The ends of intervals that are not answered by points although they have one, ascending.
    private var fresh: [Int64] = []
    /// The raw samples.
    var raw = SampleColumns()
    private var exactSums = true

    init(grid: RollupGrid, range: ClosedRange<Int64>) {
        self.grid = grid
        self.range = range
    }

    // MARK: Points

    /// Decodes the points of a request.
    mutating func addPoints(
        of request: RollupRequest, from selection: Selection, at positions: [RollupColumn: Int], limit: Int
    ) throws(ReadError) {
        switch request.content {
        case .counter: try addCounter(selection, positions, limit)
        case .sum where positions.count > 1: try addSums(selection, positions, limit)
        default:
            guard let position = positions.values.first else { return }
            try Self.decode(position, of: selection, limit, into: &points)
            for row in 0..<points.times.count { ends.append(points.times[row]) }
        }
    }

    /// Decodes a column without the points that were taken back.
    private static func decode(
        _ position: Int, of selection: Selection, _ limit: Int, into columns: inout SampleColumns
    ) throws(ReadError) {
        columns.sampleLimit = limit
        try selection.decode(position, into: &columns)
        guard (0..<columns.times.count).contains(where: { columns.values[$0].isStaleMarker }) else { return }
        var kept = SampleColumns()
        kept.sampleLimit = limit
        for row in 0..<columns.times.count where !columns.values[row].isStaleMarker {
            kept.append(row: row, of: columns, at: columns.times[row])
        }
        columns = kept
    }

    /// Merges sums of whole numbers and others: an interval has one or the other.
    private mutating func addSums(
        _ selection: Selection, _ positions: [RollupColumn: Int], _ limit: Int
    ) throws(ReadError) {
        var whole = SampleColumns(), others = SampleColumns()
        if let position = positions[.whole] { try Self.decode(position, of: selection, limit, into: &whole) }
        if let position = positions[.sum] { try Self.decode(position, of: selection, limit, into: &others) }
        var row = 0, other = 0
        while row < whole.times.count || other < others.times.count {
            let takesWhole =
                other == others.times.count || row < whole.times.count && whole.times[row] <= others.times[other]
            if takesWhole {
                ends.append(whole.times[row])
                points.append(row: row, of: whole, at: whole.times[row])
                // Should both have the interval, which they do not, the one that is exact counts.
                if other < others.times.count, others.times[other] == whole.times[row] { other += 1 }
                row += 1
            } else {
                ends.append(others.times[other])
                points.append(row: other, of: others, at: others.times[other])
                other += 1
            }
        }
    }

    /// Makes samples between which a counter rises as it did: the first and the last one of each interval. If it was
    /// reset in between, two more say how far it had come before: it rises to that, falls to zero, and rises again.
    private mutating func addCounter(
        _ selection: Selection, _ positions: [RollupColumn: Int], _ limit: Int
    ) throws(ReadError) {
        var first = SampleColumns(), final = SampleColumns()
        guard let firstPosition = positions[.first], let finalPosition = positions[.final] else { return }
        try Self.decode(firstPosition, of: selection, limit, into: &first)
        try Self.decode(finalPosition, of: selection, limit, into: &final)
        let firstTimes = try numbers(.firstTime, selection, positions, limit)
        let finalTimes = try numbers(.finalTime, selection, positions, limit)
        let resets = try numbers(.resets, selection, positions, limit)
        var finals: [Int64: Int] = [:]
        for row in 0..<final.times.count { finals[final.times[row]] = row }
        for row in 0..<first.times.count {
            let end = first.times[row]
            guard let finalRow = finals[end], let firstTime = firstTimes[end].flatMap(Int64.init(exactly:)),
                let finalTime = finalTimes[end].flatMap(Int64.init(exactly:)), firstTime <= finalTime,
                firstTime >= grid.start(of: end), finalTime <= end, let lost = resets[end]
            else { continue }
            points.append(row: row, of: first, at: firstTime)
            let value = first.values[row]
            if lost != 0, lost >= value, finalTime - firstTime > 2 {
                points.append(lost, at: firstTime + 1)
                points.append(0, at: firstTime + 2)
            }
            if finalTime > firstTime { points.append(row: finalRow, of: final, at: finalTime) }
            while ends.count < points.times.count { ends.append(end) }
        }
    }

    private func numbers(
        _ column: RollupColumn, _ selection: Selection, _ positions: [RollupColumn: Int], _ limit: Int
    ) throws(ReadError) -> [Int64: Double] {
        guard let position = positions[column] else { return [:] }
        var columns = SampleColumns(), numbers: [Int64: Double] = [:]
        try Self.decode(position, of: selection, limit, into: &columns)
        for row in 0..<columns.times.count { numbers[columns.times[row]] = columns.values[row] }
        return numbers
    }

    /// Keeps the points of intervals that begin before a time, and repeats each until the next interval ends.
    mutating func keepPoints(before time: Int64, repeatedEvery distance: Int64) {
        var kept = SampleColumns(), keptEnds: [Int64] = []
        for (row, end) in ends.enumerated() where grid.start(of: end) < time {
            var next = end
            while next - end < grid.interval, next <= range.upperBound || next == end {
                kept.append(row: row, of: points, at: next)
                keptEnds.append(end)
                next += max(1, distance)
            }
        }
        points = kept
        ends = keptEnds
    }

    // MARK: Raw samples

    /// Notes in which intervals the series has samples that are not in its points.
    mutating func leaveOutFresh(
        _ selection: Selection, _ position: Int, after through: UInt64
    ) throws(ReadError) {
        guard !ends.isEmpty else { return }
        var columns = SampleColumns()
        try selection.decode(position, in: selection.range, into: &columns) { part in
            part.block < 0 || selection.content.blocks[Int(part.block)].summary.lastSequence > through
        }
        for row in 0..<columns.times.count {
            let end = grid.end(of: columns.times[row])
            if fresh.last != end { fresh.append(end) }
        }
    }

    /// Whether the points of the interval that ends at `end` answer for it.
    private func isAnswered(_ end: Int64) -> Bool {
        let place = (0..<fresh.count).partitionPoint { fresh[$0] < end }
        return place == fresh.count || fresh[place] != end
    }

    /// How many pieces of time are read one by one; more are read as one, from the first to the last.
    private static let pieceLimit = 8

    /// Drops points of intervals with fresh samples, and reads all samples of times that no point answers for.
    mutating func addRaw(_ selection: Selection, _ position: Int, limit: Int) throws(ReadError) {
        dropFreshPoints()
        let wanted =
            max(
                range.lowerBound, selection.range.lowerBound)...max(
                max(range.lowerBound, selection.range.lowerBound), min(range.upperBound, selection.range.upperBound))
        var pieces: [ClosedRange<Int64>] = [], next = range.lowerBound
        for (index, end) in ends.enumerated() where index == 0 || ends[index - 1] != end {
            let start = grid.start(of: end)
            if start > next { pieces.append(next...(start - 1)) }
            next = max(next, end == .max ? end : end + 1)
        }
        if next <= range.upperBound { pieces.append(next...range.upperBound) }
        pieces = pieces.compactMap { $0.overlaps(wanted) ? $0.clamped(to: wanted) : nil }
        guard let first = pieces.first, let last = pieces.last else { return }
        raw.sampleLimit = limit
        guard pieces.count > Self.pieceLimit else {
            var piece = SampleColumns()
            piece.sampleLimit = limit
            for range in pieces {
                try selection.decode(position, in: range, into: &piece) { _ in true }
                for row in 0..<piece.times.count { raw.append(row: row, of: piece, at: piece.times[row]) }
            }
            return
        }
        var all = SampleColumns(), place = 0
        all.sampleLimit = limit
        try selection.decode(position, in: first.lowerBound...last.upperBound, into: &all) { _ in true }
        for row in 0..<all.times.count {
            let time = all.times[row]
            while place < pieces.count, pieces[place].upperBound < time { place += 1 }
            if place < pieces.count, pieces[place].contains(time) { raw.append(row: row, of: all, at: time) }
        }
    }

    private mutating func dropFreshPoints() {
        guard !fresh.isEmpty, ends.contains(where: { !isAnswered($0) }) else { return }
        var kept = SampleColumns(), keptEnds: [Int64] = []
        for (row, end) in ends.enumerated() where isAnswered(end) {
            kept.append(row: row, of: points, at: points.times[row])
            keptEnds.append(end)
        }
        points = kept
        ends = keptEnds
    }

    // MARK: The result

    /// Whether all of it is whole numbers whose sums are exact in any order.
    var isWhole: Bool {
        guard raw.histograms.isEmpty, points.histograms.isEmpty else { return false }
        var bound = 0.0
        for row in 0..<points.values.count { bound += max(abs(points.values[row]), IntervalPoint.mixedLimit) }
        for row in 0..<raw.values.count where !raw.values[row].isStaleMarker {
            let value = raw.values[row]
            guard value.rounded(.towardZero) == value else { return false }
            bound += abs(value)
        }
        return bound < IntervalPoint.wholeLimit
    }

    /// Replaces the contents of `columns` with points and samples, in the order of time.
    func write(to columns: inout SampleColumns) throws(ReadError) {
        columns.removeAll()
        let count = points.times.count + raw.times.count
        guard count <= columns.sampleLimit else { throw .tooManySamples(needed: count) }
        var point = 0, sample = 0
        while point < points.times.count || sample < raw.times.count {
            let takesPoint =
                sample == raw.times.count || point < points.times.count && points.times[point] <= raw.times[sample]
            if takesPoint {
                // A repeated point yields to what is known of its time.
                let isTaken = sample < raw.times.count && raw.times[sample] == points.times[point]
                if !isTaken { columns.append(row: point, of: points, at: points.times[point]) }
                point += 1
            } else {
                columns.append(row: sample, of: raw, at: raw.times[sample])
                sample += 1
            }
        }
        columns.timeColumnID = 0
    }
}

extension SampleColumns {
    /// Appends a float.
    fileprivate mutating func append(_ value: Double, at time: Int64) {
        times.append(time)
        values.append(value)
    }

    /// Appends a sample of other columns at a time, without its start time. A histogram's hint is forgotten: another
    /// sample may be before it.
    fileprivate mutating func append(row: Int, of other: borrowing SampleColumns, at time: Int64) {
        guard !other.histograms.isEmpty, let place = other.histograms.places(of: row..<(row + 1)).first else {
            return append(other.values[row], at: time)
        }
        var histogram = other.histograms.values[place]
        if histogram.counterResetHint == .notReset { histogram.counterResetHint = .unknown }
        append(histogram, at: time)
    }
}
