internal import CLibrary
internal import KTSDBEngine
internal import KTSDBModel
internal import PromQL

/// Measures what a query that reads few series costs within the process, in a database of 20,000 series: a block of
/// half an hour, and another half an hour in the head.
func runSmallQueryBenchmark() {
    let path = "bench-data-\(getpid())"
    defer { removeTree(path) }
    do {
        let (database, end) = try makeFleet(path)
        defer { try? database.close() }
        print("small queries: 20,000 series in a block and the head; processor time, best of 5 runs of 200")
        let engine = PromQLEngine(),
            texts = [
                ("a number", "1 + 1"),
                ("no series", "absent(nothing{job=\"none\"})"),
                ("one series", "cpu_7{hostname=\"host_3\"}"),
                ("one series' rate", "rate(cpu_7{hostname=\"host_3\"}[5m])"),
                ("8 of 200 by pattern", "max by (hostname) (cpu_7{hostname=~\"host_(1|2|3|4|5|6|7|8)\"})"),
                ("200 into 4", "sum by (datacenter) (rate(cpu_7[5m]))"),
                ("200, their labels too", "cpu_7"),
            ]
        for (name, text) in texts {
            let query = try engine.prepare(text)
            func evaluate(_ view: ReadView) {
                _ = try? engine.evaluate(query.expression, text: text, at: end, in: view)
            }
            let view = database.readView()
            let parsing = nanoseconds(per: 200) { for _ in 0..<200 { _ = try? engine.prepare(text) } }
            let evaluating = nanoseconds(per: 200) { for _ in 0..<200 { evaluate(view) } }
            let whole = nanoseconds(per: 200) { for _ in 0..<200 { evaluate(database.readView()) } }
            print(
                "  \(padded(name, 24)) parsing \(format(parsing / 1e3, 6)) us, evaluating \(format(evaluating / 1e3, 7)) us, "
                    + "with a view of its own \(format(whole / 1e3, 7)) us")
        }
    } catch { print("failed: \(error)") }
}

/// Creates a database of 200 hosts with 100 series each, an hour long; returns it and its last time.
private func makeFleet(_ path: String) throws -> (Database, Timestamp) {
    var configuration = Database.Configuration()
    configuration.durability = .buffered
    configuration.runsMaintenance = false
    let database = try Database(path: path, configuration: configuration)
    let hosts = 200, perHost = 100, steps = 240, start: Int64 = 1_700_000_000_000
    var ids: [SeriesID] = []
    try database.append { batch in
        for number in 0..<(hosts * perHost) {
            let host = number / perHost
            ids.append(
                batch.series(
                    Labels([
                        ("__name__", "cpu_\(number % perHost)"), ("arch", "x86_64"),
                        ("datacenter", "eu-west-\(host / 50)"),
                        ("hostname", "host_\(host)"), ("os", "Ubuntu22.04LTS"), ("rack", "\(host % 50)"),
                        ("region", "eu-west"), ("service", "service-\(host % 20)"), ("team", "team-\(host % 7)"),
                    ])))
        }
    }
    for step in 0..<steps {
        let time = Timestamp(milliseconds: start + Int64(step) * 15_000)
        try database.append { batch in
            for (number, id) in ids.enumerated() { batch.append(Double(step * (number % 13)), at: time, to: id) }
        }
        if step == steps / 2 { try database.seal() }
    }
    return (database, Timestamp(milliseconds: start + Int64(steps - 1) * 15_000))
}
