internal import CLibrary
internal import KTSDBEngine
internal import KTSDBModel
internal import KTSDBTesting

/// Measures the encoding and decoding of chunks, columns and whole blocks.
///
/// Data sets: counters, decimal gauges, rarely changing integers and random doubles, 1000 series of 240 samples each.
func runBlockBenchmark() {
    let sets = (0..<4).map(syntheticSamples)
    print(
        "codecs                     joint stream: append  decode  B/sample   columns: encode  decode  B/sample   (ns/sample)"
    )
    for set in sets { measureCodecs(set) }
    print(
        "\nblocks                         series  B/sample  index B/series  write ns/sample  decode ns/sample  labels ns/series"
    )
    for set in sets { measureBlock(set) }
    measureBlock(manySeries(500))
    let large = manySeries(100_000)
    measureBlock(large)
    measureSelections(large)
}

// MARK: Data

private func syntheticSamples(_ kind: Int) -> SampleSet {
    var random = SeededGenerator(seed: UInt64(kind))
    let names = ["counters", "decimal gauges", "rare changes", "random doubles"]
    var set = SampleSet(name: names[kind], labels: [], times: [], values: [])
    let times = (0..<240).map { 1_700_000_000_000 + Int64($0) * 15_000 }
    for number in 0..<1000 {
        var value = Double(Int.random(in: 0..<1_000_000, using: &random))
        set.labels.append(["__name__": names[kind], "instance": "host-\(number % 20)", "number": "\(number)"])
        set.times.append(times)
        set.values.append(
            times.map { _ in
                switch kind {
                case 0: value += Double(Int.random(in: 0..<1000, using: &random))
                case 1: value = Double(Int.random(in: 0..<10_000, using: &random)) / 100
                case 2: if Int.random(in: 0..<50, using: &random) == 0 { value += 1 }
                default: value = Double.random(in: 0...1, using: &random)
                }
                return value
            })
    }
    return set
}

/// Ten labels per series, as exporters, Kubernetes and applications set them; few samples.
private func manySeries(_ count: Int) -> SampleSet {
    var set = SampleSet(name: "ten labels", labels: [], times: [], values: [])
    let times = (0..<60).map { 1_700_000_000_000 + Int64($0) * 60_000 }
    for number in 0..<count {
        let target = number / 500, metric = number % 50, handler = number / 50 % 10
        set.labels.append([
            "__name__": "http_server_request_duration_seconds_bucket_\(metric)", "cluster": "eu-west-\(target % 3)",
            "namespace": "team-\(target % 12)", "job": "service-\(target % 40)",
            "pod": "service-\(target % 40)-7d9c5b\(target)",
            "instance": "10.1.\(target / 256).\(target % 256):8080", "handler": "/api/v1/handler/\(handler)",
            "method": ["GET", "PUT", "POST"][handler % 3], "code": ["200", "404", "500"][metric % 3],
            "le": ["0.1", "0.5", "1", "5", "+Inf"][metric % 5],
        ])
        set.times.append(times)
        var value = Double(number)
        set.values.append(
            times.map { _ in
                value += Double((number &* 31) % 7)
                return value
            })
    }
    return set
}

// MARK: Measurements

private func measureCodecs(_ set: SampleSet) {
    let chunkRows = 120, room = chunkRows * XORChunk.maximumSampleBytes
    let samples = set.sampleCount
    var buffer = [UInt8](repeating: 0, count: room + ValueColumn.maximumByteCount)
    var times = [Int64](repeating: 0, count: 1024), values = [Double](repeating: 0, count: 1024)
    func chunks(_ body: (_ series: Int, _ rows: Range<Int>) -> Void, of size: Int) {
        for series in set.times.indices {
            for first in stride(from: 0, to: set.times[series].count, by: size) {
                body(series, first..<min(first + size, set.times[series].count))
            }
        }
    }

    var streams: [(bytes: [UInt8], count: Int)] = []
    let append = nanoseconds(per: samples) {
        chunks(
            { series, rows in
                var state = XORState()
                let seriesTimes = set.times[series], seriesValues = set.values[series]
                var span = buffer.mutableSpan
                var target = span.rawMutableBytes
                for row in rows {
                    XORChunk.append(seriesTimes[row], seriesValues[row].bitPattern, to: &state, in: &target)
                }
            }, of: chunkRows)
    }
    chunks(
        { series, rows in
            var state = XORState(), span = buffer.mutableSpan
            var target = span.rawMutableBytes
            for row in rows {
                XORChunk.append(
                    set.times[series][row], set.values[series][row].bitPattern, to: &state, in: &target)
            }
            streams.append((Array(buffer.prefix(state.byteCount)), rows.count))
        }, of: chunkRows)
    let decode = nanoseconds(per: samples) {
        for stream in streams {
            var timeSpan = times.mutableSpan, valueSpan = values.mutableSpan
            let isWhole = XORChunk.decode(
                stream.bytes.span.rawBytes, sampleCount: stream.count, times: &timeSpan, values: &valueSpan)
            precondition(isWhole, "A stream that was encoded can be decoded.")
        }
    }
    let streamBytes = streams.reduce(0) { $0 + $1.bytes.count }

    var columns: [(bytes: [UInt8], count: Int)] = []
    chunks(
        { series, rows in
            let all = set.values[series]
            var span = buffer.mutableSpan
            var target = span.rawMutableBytes
            let count = ValueColumn.encodeXOR(all.span.extracting(rows), to: &target)
            columns.append((Array(buffer.prefix(count + ValueColumn.readablePadding)), rows.count))
        }, of: 1024)
    let encodeColumn = nanoseconds(per: samples) {
        chunks(
            { series, rows in
                let all = set.values[series]
                var span = buffer.mutableSpan
                var target = span.rawMutableBytes
                _ = ValueColumn.encodeXOR(all.span.extracting(rows), to: &target)
            }, of: 1024)
    }
    let decodeColumn = nanoseconds(per: samples) {
        for column in columns {
            var span = values.mutableSpan
            let isWhole = ValueColumn.decodeXOR(
                column.bytes.span.rawBytes, byteCount: column.bytes.count - ValueColumn.readablePadding,
                count: column.count, to: &span)
            precondition(isWhole, "A column that was encoded can be decoded.")
        }
    }
    let columnBytes = columns.reduce(0) { $0 + $1.bytes.count - ValueColumn.readablePadding }
    print(
        padded(set.name, 40), format(append, 6), format(decode, 7), format(Double(streamBytes) / Double(samples), 9),
        format(encodeColumn, 18), format(decodeColumn, 7), format(Double(columnBytes) / Double(samples), 9))
}

/// Writes a block to memory; returns it and how long that took.
private func writeBlock(_ set: SampleSet) -> (block: Block, nanoseconds: Double)? {
    let fileSystem = MemoryFileSystem()
    let fingerprints = set.labels.map(\.fingerprint)
    var summary: BlockSummary?
    let time = nanoseconds(per: set.sampleCount, runs: 1) {
        guard
            var writer = try? BlockWriter(fileSystem: fileSystem, path: "block", number: 1, lastSequence: 1, level: 0)
        else { return }
        for (index, labels) in set.labels.enumerated() {
            let times = set.times[index], values = set.values[index]
            try? writer.add(labels, fingerprint: fingerprints[index], times: times.span, values: values.span)
        }
        summary = try? writer.finish()
    }
    guard let summary, let block = try? Block.open(fileSystem: fileSystem, path: "block", summary: summary) else {
        return nil
    }
    return (block, time)
}

private func measureBlock(_ set: SampleSet) {
    guard let (block, writing) = writeBlock(set) else { return print("\(set.name): the block could not be written") }
    var columns = SampleColumns()
    var decoded = 0
    let decoding = nanoseconds(per: set.sampleCount) {
        decoded = 0
        for series in 0..<UInt32(block.seriesCount) {
            columns.removeAll()
            try? block.decode(series, in: .min ... .max, into: &columns)
            decoded += columns.values.count
        }
    }
    precondition(decoded == set.sampleCount, "Every sample comes back.")
    let labels = nanoseconds(per: block.seriesCount, runs: 2) {
        for series in 0..<UInt32(block.seriesCount) { _ = try? block.labels(of: series) }
    }
    print(
        padded(set.name, 30), format(Double(block.seriesCount), 6, 0),
        format(Double(block.summary.byteCount) / Double(set.sampleCount), 9),
        format(Double(block.indexByteCount) / Double(block.seriesCount), 15, 1), format(writing, 16),
        format(decoding, 17), format(labels, 17, 0))
}

private func measureSelections(_ set: SampleSet) {
    guard let (block, _) = writeBlock(set) else { return }
    print(
        "\nselections in \(block.seriesCount) series                                                        series      µs"
    )
    let pattern = try? LabelMatcher("instance", .matches, "10\\.1\\.0\\..*1.*")
    let literals = try? LabelMatcher("job", .matches, "service-1|service-2|service-3")
    let selections: [[LabelMatcher]] = [
        [.name("http_server_request_duration_seconds_bucket_7")],
        [.name("http_server_request_duration_seconds_bucket_7"), .equal("job", "service-3"), .notEqual("code", "500")],
        [.name("http_server_request_duration_seconds_bucket_7"), pattern!], [literals!, .equal("le", "+Inf")],
        [.equal("cluster", "eu-west-1")], [.notEqual("cluster", "eu-west-1")], [],
    ]
    for matchers in selections {
        var count = 0
        let time = nanoseconds(per: 1) { count = (try? block.series(matching: matchers).count) ?? 0 }
        print(
            padded("{" + matchers.map(\.description).joined(separator: ",") + "}", 90), format(Double(count), 8, 0),
            format(time / 1000, 8, 1))
    }
}
