internal import KTSDBModel

/// Raw series and their points in rollups, joined by labels. Safe for use by any number of threads at once.
final class RollupSelection: SelectedSeries {
    /// A series that has points, raw samples, or both.
    private struct Entry {
        var labels: Labels
        var fingerprint: UInt64
        /// Its position in the selection of raw series; nil if there is nothing left of it.
        var raw: Int?
        /// Its positions in the selection of rollups, by column.
        var points: [RollupColumn: Int] = [:]
        /// The length of the intervals of these points.
        var interval: Int64 = 0
        /// What is in raw blocks up to this commit is in the points.
        var through: UInt64 = 0
    }

    private let request: RollupRequest
    private let raw: Selection
    private let points: Selection?
    /// The time before which raw samples may be missing.
    private let rawSince: Int64
    private let entries: [Entry]
    private let range: ClosedRange<Int64>
    private let reservation: ReadReservation

    var count: Int { entries.count }
    var usesRollups: Bool { entries.contains { !$0.points.isEmpty } }
    var partCount: Int { raw.partCount + (points?.partCount ?? 0) }

    init(
        _ matchers: [LabelMatcher], in range: ClosedRange<Timestamp>, _ request: RollupRequest,
        of content: ViewContent, limits: (any ReadLimits)?
    ) throws(ReadError) {
        self.request = request
        self.range = range.milliseconds
        reservation = ReadReservation(limits)
        rawSince = content.rawSince
        raw = try Selection(matchers, in: range, of: content, limits: limits)
        var points: Selection?
        if let rollups = content.rollups {
            let columns = RollupColumn.columns(of: request)
            points = try Selection(
                matchers + [RollupLabel.matcher([request.interval] + request.shorterIntervals, columns)], in: range,
                of: rollups.view.content,
                limits: limits)
        }
        self.points = points
        entries = try Self.join(raw, points, content.rollups, request, reservation, limits)
    }

    /// Joins both selections by labels, in canonical order.
    private static func join(
        _ raw: Selection, _ points: Selection?, _ rollups: RollupView?, _ request: RollupRequest,
        _ reservation: ReadReservation, _ limits: (any ReadLimits)?
    ) throws(ReadError) -> [Entry] {
        var entries: [Entry] = [], places: [Labels: Int] = [:], pace = Pace(limits)
        try reservation.grow(bytes: raw.count * 96)
        entries.reserveCapacity(raw.count)
        for position in 0..<raw.count {
            let labels = try raw.labels(at: position)
            try pace.step(8 + labels.bytes.count / 16)
            try reservation.grow(bytes: labels.bytes.count)
            entries.append(Entry(labels: labels, fingerprint: labels.fingerprint, raw: position))
        }
        guard let points, let rollups, points.count > 0 else { return entries }
        try reservation.grow(bytes: raw.count * 32)
        places.reserveCapacity(entries.count)
        for (place, entry) in entries.enumerated() { places[entry.labels] = place }
        var kinds: [String: (interval: Int64, column: RollupColumn)] = [:]
        for interval in [request.interval] + request.shorterIntervals {
            for column in RollupColumn.columns(of: request) {
                kinds[RollupLabel.value(interval, column)] = (interval, column)
            }
        }
        var hasOwn = false
        for position in 0..<points.count {
            let stored = try points.labels(at: position)
            try pace.step(16 + stored.bytes.count / 8)
            guard let kind = stored[RollupLabel.name].flatMap({ kinds[$0] }) else { continue }
            let labels = stored.removing([RollupLabel.name])
            var place = places[labels]
            if place == nil {
                try reservation.grow(bytes: 160 + labels.bytes.count)
                place = entries.count
                places[labels] = place
                entries.append(Entry(labels: labels, fingerprint: labels.fingerprint))
                hasOwn = true
            }
            guard kind.interval >= entries[place!].interval else { continue }
            if kind.interval > entries[place!].interval {
                // The points of a series that no rule in force has made may lack late samples.
                guard let rule = rollups.rules.entry(for: labels, interval: kind.interval),
                    rule.rule.aggregates.contains(request.content.aggregate),
                    let progress = rollups.progress(of: rule)
                else { continue }
                entries[place!].points.removeAll()
                (entries[place!].interval, entries[place!].through) = (kind.interval, progress.through)
            }
            try reservation.grow(bytes: 48)
            entries[place!].points[kind.column] = position
        }
        guard hasOwn else { return entries }
        entries.removeAll { $0.raw == nil && $0.points.isEmpty }
        try entries.sort(within: limits) { left, right in
            left.fingerprint == right.fingerprint
                ? ByteOrder.precedes(left.labels.bytes, right.labels.bytes) : left.fingerprint < right.fingerprint
        }
        return entries
    }

    func labels(at position: Int) throws(ReadError) -> Labels { entries[position].labels }

    func decode(_ position: Int, into columns: inout SampleColumns) throws(ReadError) {
        let entry = entries[position]
        guard !entry.points.isEmpty, let points else {
            try decodeRaw(entry, into: &columns)
            return replaceByOnes(&columns)
        }
        var merge = RollupMerge(grid: RollupGrid(interval: entry.interval), range: range)
        try merge.addPoints(
            of: request, from: points, at: entry.points, limit: columns.sampleLimit)
        if case .filling(let distance) = request.content {
            merge.keepPoints(before: rawSince, repeatedEvery: distance)
        }
        if let position = entry.raw {
            try merge.leaveOutFresh(raw, position, after: entry.through)
            try merge.addRaw(raw, position, limit: columns.sampleLimit)
        }
        if request.content == .sum, request.isExact, !merge.isWhole {
            return try decodeRaw(entry, into: &columns)
        }
        if request.content == .count { replaceByOnes(&merge.raw) }
        try merge.write(to: &columns)
    }

    private func decodeRaw(_ entry: Entry, into columns: inout SampleColumns) throws(ReadError) {
        guard let position = entry.raw else { return columns.removeAll() }
        try raw.decode(position, into: &columns)
    }

    /// Replaces each sample by a one, if counts are asked for; staleness markers stay, since they are not samples.
    private func replaceByOnes(_ columns: inout SampleColumns) {
        guard request.content == .count else { return }
        columns.histograms.removeAll()
        columns.startTimes.removeAll()
        for row in 0..<columns.values.count where !columns.values[row].isStaleMarker { columns.values[row] = 1 }
    }
}
