internal import KTSDBModel

/// The HISTOGRAMS section of a frame, after its floats: which rows are histograms, each layout once, and all numbers of
/// all histograms, encoded like the floats.
enum HistogramsSection {
    /// Appends the section with its kind and length. Without histograms, it appends nothing.
    static func encode(_ histograms: HistogramColumn, into buffer: inout FieldBuffer) {
        guard !histograms.isEmpty else { return }
        var layouts = FieldBuffer(), numbers = FieldBuffer(), lanes = Column<Double>()
        var known: [HistogramLayout] = []
        for histogram in histograms.values {
            // Only the latest layouts are compared: a commit may have any number of them.
            let place = known.suffix(64).lastIndex { $0.isLayout(of: histogram) }
            if place == nil {
                known.append(HistogramLayout(histogram))
                known[known.count - 1].encode(into: &layouts)
            }
            numbers.append(varint: UInt64(place ?? known.count - 1))
            histogram.forEachLane { lanes.append($0) }
        }
        var content = FieldBuffer(capacity: lanes.count * 4)
        content.append(varint: UInt64(histograms.count))
        var next: Int32 = 0
        for row in histograms.rows {
            content.append(varint: UInt64(row - next))
            next = row + 1
        }
        content.append(varint: UInt64(known.count))
        content.append(contentsOf: layouts)
        content.append(contentsOf: numbers)
        FloatsSection.encode(values: lanes.span, into: &content)
        buffer.append(.histograms, content)
    }

    /// Reads a section; false if it is malformed or does not fit the frame's floats.
    static func decode(_ body: RawSpan, _ section: Range<Int>, into frame: inout LoggedCommit) -> Bool {
        var cursor = FieldCursor(section)
        guard let count = cursor.count(in: body), count > 0, count <= frame.times.count else { return false }
        var rows: [Int] = [], next = 0
        for _ in 0..<count {
            guard let gap = cursor.varint(in: body), gap < UInt64(frame.times.count - next) else { return false }
            rows.append(next + Int(gap))
            next += Int(gap) + 1
        }
        guard let layoutCount = cursor.count(in: body) else { return false }
        var layouts: [HistogramLayout] = []
        for _ in 0..<layoutCount {
            guard let layout = HistogramLayout(&cursor, in: body) else { return false }
            layouts.append(layout)
        }
        var used: [Int] = [], laneCount = 0
        for _ in 0..<count {
            guard let number = cursor.varint(in: body), number < UInt64(layouts.count) else { return false }
            used.append(Int(number))
            laneCount += layouts[Int(number)].laneCount
        }
        var lanes = Column<Double>()
        guard laneCount / 2 <= cursor.remaining,
            FloatsSection.decodeValues(body, &cursor, count: laneCount, into: &lanes)
        else { return false }
        var first = 0
        for (row, number) in zip(rows, used) {
            guard let histogram = layouts[number].histogram({ lanes[first + $0] }) else { return false }
            frame.details.histograms.append(histogram, row: row)
            first += layouts[number].laneCount
        }
        return true
    }
}
