/// The description of a column of histograms: their layout, and where the columns of their numbers are.
struct HistogramDescription {
    let layout: HistogramLayout
    /// Groups of adjacent columns: how many columns, and where the first one is.
    private(set) var groups: [(count: Int, position: ColumnEntry.Position)] = []

    /// Reads a description; nil if the bytes are malformed or do not have one column for each number.
    init?(_ bytes: RawSpan) {
        var cursor = FieldCursor(0..<bytes.byteCount)
        guard let layout = HistogramLayout(&cursor, in: bytes) else { return nil }
        self.layout = layout
        var left = layout.laneCount
        while cursor.remaining > 0 {
            guard let word = cursor.varint(in: bytes), let count = Int(exactly: word), count > 0, count <= left,
                let position = cursor.varint(in: bytes).flatMap(ColumnEntry.Position.init)
            else { return nil }
            groups.append((count, position))
            left -= count
        }
        if left > 0 { return nil }
    }
}
