internal import KTSDBModel

extension SeriesDetails {
    /// Appends the details of the first `rows` rows.
    func encode(rows: Int, into buffer: inout FieldBuffer) {
        let starts = starts.prefix { Int($0.row) < rows }
        buffer.append(varint: UInt64(starts.count))
        var row: UInt32 = 0, start: Int64 = 0
        for run in starts {
            buffer.append(varint: UInt64(run.row - row))
            buffer.append(zigzag: run.start &- start)
            (row, start) = (run.row, run.start)
        }
        let chunks = chunks.prefix { $0.rows.lowerBound < rows }
        buffer.append(varint: UInt64(chunks.count))
        var end = 0
        for chunk in chunks {
            buffer.append(varint: UInt64(chunk.rows.lowerBound - end))
            // Rows that came later are at the end of the chunk, and are not read.
            buffer.append(varint: UInt64(min(chunk.rows.upperBound, rows) - chunk.rows.lowerBound))
            buffer.append(varint: UInt64(chunk.bytes.count))
            unsafe buffer.append(chunk.bytes.span.bytes)
            end = chunk.rows.upperBound
        }
    }

    /// Reads the details of a series of `rows` rows; nil when the bytes are malformed.
    init?(_ cursor: inout FieldCursor, in bytes: RawSpan, rows: UInt32) {
        guard let startCount = cursor.count(in: bytes) else { return nil }
        var starts: [StartRun] = [], row: UInt64 = 0, start: Int64 = 0
        for index in 0..<startCount {
            guard let gap = cursor.varint(in: bytes), let change = cursor.zigzag(in: bytes), index == 0 || gap > 0,
                gap < UInt64(rows), row + gap < UInt64(rows)
            else { return nil }
            row += gap
            start &+= change
            starts.append(StartRun(row: UInt32(row), start: start))
        }
        guard let chunkCount = cursor.count(in: bytes) else { return nil }
        var chunks: [HistogramChunk] = [], end: UInt64 = 0
        for _ in 0..<chunkCount {
            guard let gap = cursor.varint(in: bytes), let count = cursor.varint(in: bytes), gap < UInt64(rows),
                count > 0, count <= UInt64(rows), end + gap + count <= UInt64(rows),
                let length = cursor.count(in: bytes),
                let content = cursor.take(length)
            else { return nil }
            let copy = bytes.extracting(content)
            // SAFETY: the pointer is used during the call only.
            chunks.append(
                HistogramChunk(
                    firstRow: UInt32(end + gap), count: UInt32(count),
                    bytes: unsafe copy.withUnsafeBytes { unsafe Array($0) }))
            end += gap + count
        }
        self.init(chunks: chunks, starts: starts)
    }
}
