internal import KTSDBEngine
internal import KTSDBModel

/// Measures what a sample costs in columns and in blocks: bytes, and processor time to encode and decode it.
///
/// Data: synthetic sets, and the column files in `directory`, if it is given. "values" means value columns alone;
/// "block" means everything that a block has for its samples: values, times, tables of pages and columns, directory
/// entries, but neither labels nor postings. Blocks are cut every 240 rows (an hour at 15 seconds, which is what a seal
/// writes), 480 or 1024.
func runColumnBenchmark(_ directory: String?) {
    var sets = [
        SampleSynthesizer.integers(), SampleSynthesizer.decimals(), SampleSynthesizer.counters(),
        SampleSynthesizer.histograms(),
    ]
    if let directory { sets += SampleSet.directory(directory) }
    print("kernels: \(ColumnKernels.best)")
    print(padded("", 50), "values         block      values ns/sample               block ns/sample")
    print(
        padded("columns", 22), "rows threshold  samples  B/sample  B/sample    encode  decode portable   write    read")
    for set in sets {
        for (rows, threshold) in [
            (240, ColumnEncoder.balanced), (480, ColumnEncoder.balanced), (480, ColumnEncoder.small),
            (1024, ColumnEncoder.balanced), (1024, ColumnEncoder.small),
        ] { measure(set, rows: rows, threshold) }
    }
}

private func measure(_ set: SampleSet, rows: Int, _ threshold: Double) {
    var pieces: [(series: Int, rows: Range<Int>)] = []
    for series in set.values.indices {
        for first in stride(from: 0, to: set.values[series].count, by: rows) {
            pieces.append((series, first..<min(first + rows, set.values[series].count)))
        }
    }
    let samples = set.sampleCount
    let (encoding, bytes, starts) = encode(set, pieces, threshold)
    let decoding = decode(set, pieces, bytes, starts, .best), portable = decode(set, pieces, bytes, starts, .portable)
    guard let block = measureBlocks(set, rows: rows, threshold) else { return print("\(set.name): no block") }
    print(
        padded(set.name, 20), format(Double(rows), 6, 0), format(threshold, 9, 1), format(Double(samples), 8, 0),
        format(Double(bytes.count) / Double(samples), 9, 4), format(Double(block.bytes) / Double(samples), 9, 4),
        format(encoding, 9, 1), format(decoding, 7), format(portable, 8), format(block.writing, 8, 1),
        format(block.reading, 7))
}

private func encode(
    _ set: SampleSet, _ pieces: [(series: Int, rows: Range<Int>)], _ threshold: Double
) -> (nanoseconds: Double, bytes: [UInt8], starts: [Int]) {
    var encoder = ColumnEncoder(threshold: threshold)
    let time = nanoseconds(per: set.sampleCount, runs: 3) {
        for piece in pieces {
            let values = set.values[piece.series]
            encoder.encode(values.span.extracting(piece.rows))
        }
    }
    var bytes: [UInt8] = [], starts: [Int] = []
    for piece in pieces {
        let values = set.values[piece.series]
        encoder.encode(values.span.extracting(piece.rows))
        starts.append(bytes.count)
        bytes.append(encoder.bytes)
    }
    return (time, bytes, starts)
}

/// Decodes all columns again and again; the values are compared only once.
private func decode(
    _ set: SampleSet, _ pieces: [(series: Int, rows: Range<Int>)], _ bytes: [UInt8], _ starts: [Int],
    _ kernels: ColumnKernels
) -> Double {
    let room = AdaptiveColumn.maximumRows
    var values = [Double](repeating: 0, count: room)
    var words = [Int64](repeating: 0, count: AdaptiveColumn.workspaceWordCount)
    let padded = bytes + [UInt8](repeating: 0, count: AdaptiveColumn.readablePadding)
    func decodePiece(_ number: Int) {
        var valueSpan = values.mutableSpan, workspace = words.mutableSpan
        let length = AdaptiveColumn.decode(
            padded.span.rawBytes.extracting(starts[number]..<padded.count), byteCount: bytes.count - starts[number],
            count: pieces[number].rows.count, to: &valueSpan, workspace: &workspace, kernels: kernels)
        precondition(length != nil, "A column that was encoded can be decoded.")
    }
    for (number, piece) in pieces.enumerated() {
        decodePiece(number)
        for (index, row) in piece.rows.enumerated() {
            let isEqual = values[index].bitPattern == set.values[piece.series][row].bitPattern
            precondition(isEqual, "Every value comes back bit for bit.")
        }
    }
    return nanoseconds(per: set.sampleCount, runs: 7) { for number in pieces.indices { decodePiece(number) } }
}

/// Writes a block for each run of rows, and reads all series in each block.
private func measureBlocks(
    _ set: SampleSet, rows: Int, _ threshold: Double
) -> (bytes: Int, writing: Double, reading: Double)? {
    let files = MemoryFileSystem()
    let fingerprints = set.labels.map(\.fingerprint)
    let length = set.values.map(\.count).max() ?? 0
    var summaries: [BlockSummary] = []
    let writing = nanoseconds(per: set.sampleCount, runs: 1) {
        for (number, first) in stride(from: 0, to: length, by: rows).enumerated() {
            guard
                var writer = try? BlockWriter(
                    fileSystem: files, path: "block-\(number)", number: UInt64(number), lastSequence: 1, level: 0,
                    threshold: threshold)
            else { return }
            for series in set.labels.indices where first < set.values[series].count {
                let piece = first..<min(first + rows, set.values[series].count)
                let times = set.times[series], values = set.values[series]
                try? writer.add(
                    set.labels[series], fingerprint: fingerprints[series], times: times.span.extracting(piece),
                    values: values.span.extracting(piece))
            }
            if let summary = try? writer.finish() { summaries.append(summary) }
        }
    }
    let blocks = summaries.compactMap { summary in
        try? Block.open(fileSystem: files, path: "block-\(summary.number)", summary: summary)
    }
    guard blocks.reduce(0, { $0 + $1.summary.sampleCount }) == UInt64(set.sampleCount) else { return nil }
    var columns = SampleColumns()
    let reading = nanoseconds(per: set.sampleCount) {
        for block in blocks {
            for series in 0..<UInt32(block.seriesCount) {
                columns.removeAll()
                try? block.decode(series, in: .min ... .max, into: &columns)
            }
        }
    }
    guard let bytes = try? blocks.reduce(0, { $0 + (try $1.sampleByteCount()) }) else { return nil }
    return (bytes, writing, reading)
}
