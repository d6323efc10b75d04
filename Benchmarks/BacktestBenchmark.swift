internal import CLibrary
internal import KTSDBEngine
internal import KTSDBModel
internal import KTSDBRules

/// Measures how long it takes to find when a rule would have fired in a month, evaluated every 15 seconds: 172,800
/// evaluations. Ten series of requests and ten of errors are in blocks, with a sample every 15 seconds.
func runBacktestBenchmark() {
    let path = "bench-data-\(getpid())"
    defer { removeTree(path) }
    do {
        let steps = 172_800, start = PreciseTime(nanoseconds: 1_700_000_000_000_000_000)
        let database = try makeMonth(path, steps: steps, from: start)
        defer { try? database.close() }
        print("back-tests: a month of one rule at 15 s, 172,800 evaluations; processor time, best of 3")
        let range = start...(start + .seconds(15 * (steps - 1)))
        for (name, expression) in [
            ("1 series", "requests{job=\"0\"} > 1e12"), ("1 ratio", ratio("{job=\"0\"}") + " > 0.5"),
            ("1 ratio, often firing", ratio("{job=\"0\"}") + " > 0.02"), ("10 ratios", ratio("") + " > 0.5"),
            ("10 summed", "sum(rate(errors[5m])) / sum(rate(requests[5m])) > 0.5"),
        ] {
            let rule = AlertingRule(
                name: "Errors", expression: expression, for: .seconds(300), annotations: ["summary": "{{ $value }}"])
            var options = RuleOptions(), fired = 0
            options.templates = GoRuleTemplates()
            let test = RuleBacktest(rule, options: options)
            let time = nanoseconds(per: 1, runs: 3) {
                let report = try? test.run(over: range, interval: .seconds(15), in: database.readView())
                fired = report?.fired.count ?? -1
            }
            let two = nanoseconds(per: 1, runs: 1) {
                _ = try? test.compare(
                    BacktestVariant.combinations(for: [.seconds(60), .seconds(300)], thresholds: []), over: range,
                    interval: .seconds(15), in: database.readView())
            }
            print(
                "  \(padded(name, 24)) \(format(time / 1e6, 7, 0)) ms, fired \(fired) times; two values of for "
                    + "\(format(two / 1e6, 7, 0)) ms")
        }
    } catch { print("failed: \(error)") }
}

private func ratio(_ selector: String) -> String { "rate(errors\(selector)[5m]) / rate(requests\(selector)[5m])" }

/// Creates a database with a month of counters.
private func makeMonth(_ path: String, steps: Int, from start: PreciseTime) throws -> Database {
    var configuration = Database.Configuration()
    configuration.durability = .buffered
    configuration.runsMaintenance = false
    let database = try Database(path: path, configuration: configuration), jobs = 10
    var counts = [(requests: Double, errors: Double)](repeating: (0, 0), count: jobs)
    for first in stride(from: 0, to: steps, by: 2400) {
        try database.append { batch in
            for step in first..<min(first + 2400, steps) {
                let time = (start + .seconds(15 * step)).timestamp
                for job in 0..<jobs {
                    counts[job].requests += Double(100 + (step * 7 + job) % 13)
                    counts[job].errors += step / 240 % 24 == job ? 5 : 1
                    batch.append(counts[job].requests, at: time, to: ["__name__": "requests", "job": "\(job)"])
                    batch.append(counts[job].errors, at: time, to: ["__name__": "errors", "job": "\(job)"])
                }
            }
        }
        database.maintain()
    }
    return database
}
