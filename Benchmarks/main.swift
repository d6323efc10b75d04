// `swift run -c release ktsdb-bench [NAME…]`: runs the benchmarks with these names, all without any. `columns` and
// `merge` may be followed by a directory with files of columns; `restart` by `--series N` and `--steps N`, the number
// of series and of samples for each; `written` by `--series N` and `--hours N`; `durable` by `--writers N`; `query` by
// `--memory`: what queries hold instead of how long they take, or by `--only TEXT`: those whose names have this text in
// them.

var arguments = Array(CommandLine.arguments.dropFirst())
var columnDirectory: String?
if let place = arguments.firstIndex(where: { ["columns", "merge"].contains($0) }), place + 1 < arguments.count,
    arguments[place + 1].contains("/")
{
    columnDirectory = arguments.remove(at: place + 1)
}

let onlyText = arguments.firstIndex(of: "--only").flatMap { $0 + 1 < arguments.count ? arguments[$0 + 1] : nil }

let benchmarks: [(name: String, run: () -> Void)] = [
    ("regex", runRegularExpressionBenchmark), ("wire", runWireBenchmark), ("log", runLogBenchmark),
    ("block", runBlockBenchmark), ("labels", runLabelBenchmark), ("head", runHeadBenchmark),
    ("database", runDatabaseBenchmark),
    ("memory", runMemoryBenchmark), ("kernels", runKernelBenchmark),
    ("query", { arguments.contains("--memory") ? runQueryMemoryBenchmark() : runQueryBenchmark(only: onlyText) }),
    ("columns", { runColumnBenchmark(columnDirectory) }), ("restart", runRestartBenchmark),
    ("written", runWrittenBenchmark), ("durable", runDurableBenchmark),
    ("merge", { runMergeBenchmark(columnDirectory) }),
]
// What begins with two dashes belongs to the benchmark before it, and so does all that follows.
let wanted = arguments.prefix { !$0.hasPrefix("--") }
let unknown = wanted.filter { name in !benchmarks.contains { $0.name == name } }
if unknown.isEmpty {
    for benchmark in benchmarks where wanted.isEmpty || wanted.contains(benchmark.name) { benchmark.run() }
} else {
    print(
        "There is no benchmark \(unknown.joined(separator: ", ")); there are \(benchmarks.map(\.name).joined(separator: ", "))."
    )
}
