import KTSDBEngine
import KTSDBModel
import PromQL

/// Measures the processor time of questions that touch very many series, in memory and after a seal.
///
/// The series are those of a fleet of hosts with 100 metrics each and ten labels, once with short labels, once with
/// ordinary and once with long ones. Each series has 12 samples, and the questions ask for the newest ones.
func runWideBenchmark(only: String? = nil) {
    let seriesCount = number(after: "--series") ?? 200_000
    let onlyOrdinary = CommandLine.arguments.contains("--ordinary")
    for (name, padding) in [("short labels", 0), ("ordinary labels", 12), ("long labels", 120)]
    where !onlyOrdinary || padding == 12 {
        do { try measure(name, padding: padding, seriesCount: seriesCount, only) } catch {
            print("wide: \(name): failed: \(error)")
        }
    }
}

private let perHost = 100, metrics = 10, steps = 12

/// The labels of the series of one host: ten kinds of ten metrics.
private func labels(host: Int, number: Int, padding: String) -> Labels {
    Labels([
        ("__name__", "kind\(number / metrics)_metric_\(number % metrics)"), ("arch", "x86\(padding)"),
        ("datacenter", "dc\(host % 25)\(padding)"), ("hostname", "host_\(host)"), ("os", "linux\(padding)"),
        ("rack", "\(host % 100)"), ("region", "region\(host % 9)\(padding)"), ("service", "\(host % 20)\(padding)"),
        ("service_environment", host % 3 == 0 ? "production" : "test"), ("team", "team\(host % 7)\(padding)"),
    ])
}

/// `share`: one of how many series they touch.
private let questions: [(name: String, text: String, isRange: Bool, share: Int)] = [
    ("count of all", #"count({__name__=~".+"})"#, false, 1),
    ("count by name", #"count by (__name__) ({__name__=~".+"})"#, false, 1),
    ("sum by region of a tenth", #"sum by (region) ({__name__=~"kind3_.+"})"#, false, 10),
    ("sum without hostname, rack of a tenth", #"sum without (hostname, rack) ({__name__=~"kind3_.+"})"#, false, 10),
    ("topk of a tenth", #"topk(5, {__name__=~"kind3_.+"})"#, false, 10),
    ("a tenth, over 11 steps", #"sum by (region) ({__name__=~"kind3_.+"})"#, true, 10),
    ("rate of a metric", "sum by (region) (rate(kind1_metric_4[1m]))", false, perHost),
    ("rate of a metric, over 11 steps", "sum by (region) (rate(kind1_metric_4[1m]))", true, perHost),
    ("join of two metrics", "count(kind1_metric_4 > on (hostname) kind1_metric_5)", false, perHost),
    ("negative regex", #"count(kind1_metric_4{hostname!~"host_1.*"})"#, false, perHost),
]

private func measure(_ name: String, padding: Int, seriesCount: Int, _ only: String?) throws {
    let path = "bench-data-wide", text = String(repeating: "x", count: padding)
    removeTree(path)
    defer { removeTree(path) }
    var configuration = Database.Configuration()
    configuration.durability = .buffered
    let database = try Database(path: path, configuration: configuration)
    let hosts = seriesCount / perHost, start = Timestamp.now.milliseconds - Int64(steps) * 15_000
    for host in 0..<hosts {
        let series = (0..<perHost).map { labels(host: host, number: $0, padding: text) }
        try database.append { batch in
            for (number, labels) in series.enumerated() {
                for step in 0..<steps {
                    let time = Timestamp(milliseconds: start + Int64(step) * 15_000)
                    batch.append(Double((host * 7 + number + step * 3) % 1000), at: time, to: labels)
                }
            }
        }
    }
    let end = Timestamp(milliseconds: start + Int64(steps - 1) * 15_000)
    try ask(name, "in memory", database, end, seriesCount, only)
    try database.seal()
    try ask(name, "sealed", database, end, seriesCount, only)
    try database.close()
}

private func ask(
    _ name: String, _ state: String, _ database: Database, _ end: Timestamp, _ seriesCount: Int, _ only: String?
) throws {
    let engine = PromQLEngine()
    for question in questions where only.map(question.name.contains) ?? true {
        let query = try engine.prepare(question.text), start = Timestamp(milliseconds: end.milliseconds - 150_000)
        var least = Double.infinity
        for _ in 0..<5 {
            let view = database.readView(), before = cpuSeconds()
            _ =
                question.isRange
                ? try engine.evaluate(
                    query.expression, text: question.text, over: start...end, step: .seconds(15), in: view)
                : try engine.evaluate(query.expression, text: question.text, at: end, in: view)
            least = min(least, cpuSeconds() - before)
        }
        let touched = seriesCount / question.share
        print(
            "wide: \(name), \(state): \(question.name): \(format(least * 1e3, 0, 1)) ms, "
                + "\(format(least * 1e9 / Double(touched), 0, 0)) ns/series")
    }
}
