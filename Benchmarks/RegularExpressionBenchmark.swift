import KTSDBModel

/// Matches label values with typical patterns of dashboards and rules; prints nanoseconds per value in steady state.
///
/// Data: 1000 different values of 27 bytes such as `/api/v1/query_range/000/042`, stored as one run of bytes.
func runRegularExpressionBenchmark() {
    var values: [UInt8] = []
    for index in 0..<valueCount {
        let handler = ["/api/v1/query_range", "/api/v1/label/value", "/federation/metrics", "/static/js/main.js."][
            index % 4]
        values += (handler + "/" + padded(index / 100) + "/" + padded(index)).utf8
    }
    precondition(values.count == valueCount * valueLength)
    print("regular expressions, ns a value of 27 bytes (1000 values, best of 7)")
    for pattern in [
        "/api/v1/query_range/000/040", ".*", ".+", "/api/.*", ".*042", ".*label.*", "/api/v1/(query|label).*",
        ".*/(04|05)[0-9]",
        ".*(query|value).*[02468]", "/[a-z]+/v[0-9]/.*", "(?i)/API/V1/QUERY_RANGE/.*",
        "[^/]*/[^/]*/[^/]*/[^/]*/[0-9]{3}/[0-9]{3}",
        #"/\w+(/\w+)*/\d+"#, (0..<100).map { "/api/v1/query_range/000/0\($0)" }.joined(separator: "|"),
    ] {
        report(pattern, values)
    }
    reportCaptures("/([a-z]+)/(.*)/([0-9]+)/([0-9]+)", values)
    reportCompilation()
}

private let valueCount = 1000, valueLength = 27

private func padded(_ number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 3 - digits.count)) + digits
}

private func report(_ pattern: String, _ values: [UInt8]) {
    guard let expression = try? RegularExpression(pattern, dotMatchesNewline: true) else { fatalError(pattern) }
    var matching = 0
    let time = bestTime {
        matching = 0
        for start in stride(from: 0, to: values.count, by: valueLength)
        where expression.matchesWhole(values.span.extracting(start..<(start + valueLength))) {
            matching += 1
        }
    }
    print("  \(nanoseconds(time, valueCount))  \(matching) match  \(pattern.prefix(60))")
}

private func reportCaptures(_ pattern: String, _ values: [UInt8]) {
    guard let expression = try? RegularExpression(pattern, dotMatchesNewline: true) else { fatalError(pattern) }
    var bytes = 0
    let time = bestTime {
        bytes = 0
        for start in stride(from: 0, to: values.count, by: valueLength) {
            let value = values.span.extracting(start..<(start + valueLength))
            guard let captures = expression.captures(whole: value) else { continue }
            bytes += expression.expand("$3-$1", captures: captures, in: value).count
        }
    }
    print("  \(nanoseconds(time, valueCount))  \(bytes) bytes  captures and expansion of \(pattern)")
}

private func reportCompilation() {
    for pattern in ["/api/v1/(query|label).*", "(?i)\\pL+", "(a|b|c)[0-9]{1,3}"] {
        let time = bestTime {
            for _ in 0..<100 { _ = try? RegularExpression(pattern, dotMatchesNewline: true) }
        }
        print("  \(nanoseconds(time, 100))  compiling \(pattern)")
    }
}

private func bestTime(_ body: () -> Void) -> Duration {
    let clock = ContinuousClock()
    body()
    return (0..<7).map { _ in clock.measure(body) }.min()!
}

private func nanoseconds(_ time: Duration, _ count: Int) -> String {
    let (seconds, attoseconds) = time.components
    let tenths = (Double(seconds) * 1e10 + Double(attoseconds) / 1e8) / Double(count)
    let digits = String(Int(tenths) / 10) + "." + String(Int(tenths) % 10)
    return String(repeating: " ", count: max(0, 8 - digits.count)) + digits
}
