import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import PromQL

/// Measures what it costs to read the labels of a series, in memory and in blocks, for different kinds of labels:
/// microseconds of processor time per series.
///
/// Short labels are cheap in any index. Those of pods and of requests have different values in each series, of tens and
/// hundreds of bytes; in the mixed set, a few are long; and in the last set, a series has hundreds of labels. What
/// matters is that the figures for 100,000 series are about those for 10,000, and that the figures of blocks are about
/// those of memory.
func runLabelBenchmark() {
    print(
        "labels, µs a series                series  B/series    count(x):  memory   block   again    /series:  memory   block"
            + "    values: of 5 min   verify   merge   kept KiB")
    for count in [10_000, 100_000] {
        for set in LabelSet.all where count <= set.limit { measure(set, count) }
    }
}

/// A way to make the labels of a series from its number.
private struct LabelSet: Sendable {
    var name: String
    /// The maximum number of series.
    var limit = Int.max
    var labels: @Sendable (_ number: Int) -> [(String, String)]

    static let all = [
        LabelSet(name: "short") { [("n", "\($0)"), ("host", "h\($0 % 100)")] },
        LabelSet(name: "pod and instance") { number in
            [
                ("pod", "api-7f9c6b5d4-" + digits(number, 5)),
                ("instance", "10.\(number >> 8 & 255).\(number & 255).7:8080"),
                ("namespace", "team-\(number % 12)"),
            ]
        },
        LabelSet(name: "medium, of requests") { number in
            [
                (
                    "url",
                    "https://shop.example.com/catalogue/category-\(number % 97)/product-\(number)/reviews?sort=newest&lang=en"
                ), ("code", "200"),
            ]
        },
        LabelSet(name: "long, no common beginning", limit: 10_000) { number in
            var random = SeededGenerator(seed: UInt64(number))
            return [("id", (0..<60).map { _ in digits(Int(random.next() >> 8), 14) }.joined())]
        },
        LabelSet(name: "long, common beginning", limit: 10_000) { number in
            [("path", String(repeating: "/segment", count: 250) + "\(number)")]
        },
        LabelSet(name: "mixed") { number in
            [
                (
                    "query",
                    number % 100 == 0 ? String(repeating: "select ", count: 500) + "\(number)" : "\(number % 1000)"
                ),
                ("pod", "api-7f9c6b5d4-" + digits(number, 5)), ("zone", "eu-west-1\(["a", "b", "c"][number % 3])"),
            ]
        },
        LabelSet(name: "hundreds of names", limit: 10_000) { number in
            (0..<200).map { ("label_\($0)", "\((number + $0) % ($0 + 2))") } + [("n", "\(number)")]
        },
    ]

    func labelSets(_ count: Int) -> [Labels] {
        (0..<count).map { Labels([("__name__", "up2"), ("job", "api")] + labels($0)) }
    }
}

private func digits(_ number: Int, _ width: Int) -> String {
    let text = String(number, radix: 16)
    return String(repeating: "0", count: max(0, width - text.count)) + text
}

private func measure(_ set: LabelSet, _ count: Int) {
    do {
        var configuration = Database.Configuration()
        configuration.runsMaintenance = false
        let database = Database.inMemory(configuration), labelSets = set.labelSets(count),
            start: Int64 = 1_700_000_000_000
        func append(_ time: Int64) throws {
            for first in stride(from: 0, to: count, by: 5000) {
                try database.append { batch in
                    for labels in labelSets[first..<min(first + 5000, count)] {
                        batch.append(1, at: Timestamp(milliseconds: time), to: labels)
                    }
                }
            }
        }
        for step in 0..<2 as Range<Int64> { try append(start + step * 1_200_000) }
        let everything = Timestamp(milliseconds: start)...Timestamp(milliseconds: start + 1_200_000)
        let lastFive = everything.upperBound - .seconds(300)...everything.upperBound
        func countQuery() -> Double {
            var options = EngineOptions()
            options.threads = 1
            let engine = PromQLEngine(options)
            return nanoseconds(per: count * 1000, runs: 1) {
                guard let query = try? engine.prepare("count(up2)") else { return }
                _ = try? engine.evaluate(
                    query.expression, text: "count(up2)", at: everything.upperBound, in: database.readView())
            }
        }
        func seriesList() -> Double {
            nanoseconds(per: count * 1000, runs: 1) {
                guard let found = try? database.readView().select([.name("up2")], withSamplesIn: lastFive) else {
                    return
                }
                for position in 0..<found.count { _ = try? found.labels(at: position) }
            }
        }
        let names = Set(labelSets[0].map(\.name))
        _ = countQuery()
        let inMemory = countQuery(), listInMemory = seriesList()
        try database.seal()
        let inBlock = countQuery(), again = countQuery(), listInBlock = seriesList()
        let values = nanoseconds(per: count * 1000, runs: 1) {
            for name in names { _ = try? database.readView().labelValues(of: name, in: lastFive) }
        }
        let (blocks, labelBytes) = try writeBlocks(labelSets)
        let verifying = nanoseconds(per: count * 1000, runs: 1) { try? blocks[0].verify() }
        let merging = nanoseconds(per: count * 1000, runs: 1) { _ = try? merge(blocks) }
        print(
            padded(set.name, 34), format(Double(count), 7, 0), format(Double(labelBytes) / Double(count), 9, 0),
            format(inMemory, 18), format(inBlock, 7), format(again, 7), format(listInMemory, 18),
            format(listInBlock, 7),
            format(values, 20), format(verifying, 8), format(merging, 7),
            format(Double(try blocks[0].keptLabelByteCount()) / 1024, 8, 0))
    } catch { print("\(set.name): \(error)") }
}

/// Writes two consecutive blocks; returns them and the number of label bytes.
private func writeBlocks(_ labels: [Labels]) throws -> (blocks: [Block], labelBytes: Int) {
    let files = MemoryFileSystem()
    let blocks = try [Int64(1), 2].map { time in
        let path = "block-\(time)"
        var writer = try BlockWriter(
            fileSystem: files, path: path, number: UInt64(time), lastSequence: UInt64(time), level: 0)
        let times = [time], values = [1.0]
        for labels in labels {
            try writer.add(labels, fingerprint: labels.fingerprint, times: times.span, values: values.span)
        }
        let summary = try writer.finish()
        return try Block.open(fileSystem: files, path: path, summary: summary)
    }
    return (blocks, labels.reduce(0) { $0 + $1.stringForm.count })
}

private func merge(_ blocks: [Block]) throws -> BlockSummary {
    var writer = try BlockWriter(
        fileSystem: MemoryFileSystem(), path: "merged", number: 3, lastSequence: 2, level: 1)
    var merger = BlockMerger(blocks)
    try merger.write(to: &writer) { _, _ in true }
    return try writer.finish()
}
