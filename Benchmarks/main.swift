// `swift run -c release ktsdb-bench [NAME…]` runs the benchmarks with these names, or all of them if none is given.
// `columns` and `compaction` may be followed by a directory with column files; `restart` by `--series N` and `--steps
// N`, the number of series and of samples for each; `written` by `--series N` and `--hours N`; `late` by `--series N`
// and `--days N`; `durable` by `--writers N`; `query` by `--memory`, to measure the memory that queries hold instead of
// their time; `query` and `wide` by `--only TEXT`, to ask only those questions whose names contain this text; `wide` by
// `--series N` and `--ordinary`, to leave out short and long labels. `day` runs only if it is named; its options are in
// `DayBenchmark.swift`.

var arguments = Array(CommandLine.arguments.dropFirst())
var columnDirectory: String?
if let place = arguments.firstIndex(where: { ["columns", "compaction"].contains($0) }), place + 1 < arguments.count,
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
    ("wide", { runWideBenchmark(only: onlyText) }), ("compaction", { runCompactionBenchmark(columnDirectory) }),
    ("backtest", runBacktestBenchmark), ("late", runLateBenchmark), ("day", runDayBenchmark),
]
// An argument that begins with two dashes belongs to the benchmark before it, and so do all arguments after it.
let wanted = arguments.prefix { !$0.hasPrefix("--") }
let unknown = wanted.filter { name in !benchmarks.contains { $0.name == name } }
if unknown.isEmpty {
    // The day takes minutes, so it has to be named.
    for benchmark in benchmarks where wanted.isEmpty ? benchmark.name != "day" : wanted.contains(benchmark.name) {
        benchmark.run()
    }
} else {
    print(
        "There is no benchmark \(unknown.joined(separator: ", ")); there are \(benchmarks.map(\.name).joined(separator: ", "))."
    )
}
