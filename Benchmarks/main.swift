// `swift run -c release ktsdb-bench [NAME…]`: runs the benchmarks with these names, all without any.

let benchmarks: [(name: String, run: () -> Void)] = [
    ("regex", runRegularExpressionBenchmark), ("wire", runWireBenchmark), ("log", runLogBenchmark),
    ("block", runBlockBenchmark), ("database", runDatabaseBenchmark),
    ("memory", runMemoryBenchmark), ("query", runQueryBenchmark),
]
let wanted = CommandLine.arguments.dropFirst()
let unknown = wanted.filter { name in !benchmarks.contains { $0.name == name } }
if unknown.isEmpty {
    for benchmark in benchmarks where wanted.isEmpty || wanted.contains(benchmark.name) { benchmark.run() }
} else {
    print(
        "There is no benchmark \(unknown.joined(separator: ", ")); there are \(benchmarks.map(\.name).joined(separator: ", "))."
    )
}
