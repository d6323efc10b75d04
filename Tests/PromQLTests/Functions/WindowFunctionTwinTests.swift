import KTSDBModel
import KTSDBTesting
import PromQL
import Testing

/// Each function over windows, written as plainly as its definition, over the samples of one window.
private struct PlainWindow {
    /// In milliseconds.
    var times: [Int64]
    var values: [Double]
    var start: Int64
    var end: Int64

    static func add(_ value: Double, _ sum: inout Double, _ rest: inout Double) {
        let total = sum + value
        if total.isInfinite {
            rest = 0
        } else if abs(sum) >= abs(value) {
            rest += (sum - total) + value
        } else {
            rest += (value - total) + sum
        }
        sum = total
    }

    func value(of function: String) -> Double? {
        guard let first = values.first, let last = values.last else { return nil }
        let n = values.count
        switch function {
        case "rate": return rate(isCounter: true, perSecond: true)
        case "increase": return rate(isCounter: true, perSecond: false)
        case "delta": return rate(isCounter: false, perSecond: false)
        case "irate":
            guard n >= 2 else { return nil }
            let difference = last < values[n - 2] ? last : last - values[n - 2]
            return difference / (Double(times[n - 1] - times[n - 2]) / 1000)
        case "idelta": return n >= 2 ? last - values[n - 2] : nil
        case "resets": return Double(zip(values, values.dropFirst()).count { $1 < $0 })
        case "changes": return Double(zip(values, values.dropFirst()).count { $1 != $0 && !($0.isNaN && $1.isNaN) })
        case "count_over_time": return Double(n)
        case "present_over_time": return 1
        case "first_over_time": return first
        case "last_over_time": return last
        case "min_over_time": return values.reduce(first) { $1 < $0 || $0.isNaN ? $1 : $0 }
        case "max_over_time": return values.reduce(first) { $1 > $0 || $0.isNaN ? $1 : $0 }
        case "sum_over_time":
            var sum = 0.0, rest = 0.0
            for value in values { Self.add(value, &sum, &rest) }
            return sum.isInfinite ? sum : sum + rest
        case "avg_over_time": return average()
        case "stdvar_over_time": return variance()
        case "stddev_over_time": return variance().squareRoot()
        case "quantile_over_time": return quantile(0.3)
        case "deriv": return slope()
        default: return nil
        }
    }

    private func rate(isCounter: Bool, perSecond: Bool) -> Double? {
        let n = values.count
        guard n >= 2 else { return nil }
        var result = values[n - 1] - values[0]
        if isCounter { for index in 1..<n where values[index] < values[index - 1] { result += values[index - 1] } }
        var toStart = Double(times[0] - start) / 1000, toEnd = Double(end - times[n - 1]) / 1000
        let covered = Double(times[n - 1] - times[0]) / 1000
        let distance = covered / Double(n - 1)
        if toStart >= distance * 1.1 { toStart = distance / 2 }
        if isCounter, result > 0, values[0] >= 0 { toStart = min(toStart, covered * (values[0] / result)) }
        if toEnd >= distance * 1.1 { toEnd = distance / 2 }
        var factor = (covered + toStart + toEnd) / covered
        if perSecond { factor /= Double(end - start) / 1000 }
        return result * factor
    }

    private func average() -> Double {
        var sum = values[0], rest = 0.0, mean = 0.0, isMean = false
        for (index, value) in values.enumerated().dropFirst() {
            let count = Double(index + 1)
            if !isMean {
                var newSum = sum, newRest = rest
                Self.add(value, &newSum, &newRest)
                if !newSum.isInfinite {
                    (sum, rest) = (newSum, newRest)
                    continue
                }
                isMean = true
                mean = sum / (count - 1)
                rest /= count - 1
            }
            let share = (count - 1) / count
            mean *= share
            rest *= share
            Self.add(value / count, &mean, &rest)
        }
        return isMean ? mean + rest : sum / Double(values.count) + rest / Double(values.count)
    }

    private func variance() -> Double {
        var count = 0.0, mean = 0.0, meanRest = 0.0, squares = 0.0, squaresRest = 0.0
        for value in values {
            count += 1
            let difference = value - (mean + meanRest)
            Self.add(difference / count, &mean, &meanRest)
            Self.add(difference * (value - (mean + meanRest)), &squares, &squaresRest)
        }
        return (squares + squaresRest) / count
    }

    private func quantile(_ fraction: Double) -> Double {
        let sorted = values.filter(\.isNaN) + values.filter { !$0.isNaN }.sorted()
        let rank = fraction * Double(sorted.count - 1)
        let lower = Int(rank), upper = min(sorted.count - 1, lower + 1)
        return sorted[lower] * (1 - (rank - Double(lower))) + sorted[upper] * (rank - Double(lower))
    }

    private func slope() -> Double? {
        guard values.count >= 2 else { return nil }
        if values.allSatisfy({ $0 == values[0] }) { return values[0].isInfinite ? .nan : 0 }
        var sums = [Double](repeating: 0, count: 4), rests = sums
        for (time, value) in zip(times, values) {
            let x = Double(time - times[0]) / 1e3
            for (index, term) in [x, value, x * value, x * x].enumerated() {
                Self.add(term, &sums[index], &rests[index])
            }
        }
        for index in sums.indices { sums[index] += rests[index] }
        let n = Double(values.count)
        return (sums[2] - sums[0] * sums[1] / n) / (sums[3] - sums[0] * sums[0] / n)
    }
}

@Suite struct WindowFunctionTwinTests {
    static let functions = [
        "rate", "increase", "delta", "irate", "idelta", "resets", "changes", "count_over_time", "present_over_time",
        "first_over_time", "last_over_time", "min_over_time", "max_over_time", "sum_over_time", "avg_over_time",
        "stdvar_over_time", "stddev_over_time", "quantile_over_time", "deriv",
    ]

    private enum Shape: CaseIterable { case counter, integers, decimals, special, huge, constant }

    private func samples(_ shape: Shape, _ random: inout SeededGenerator) -> [Sample] {
        var time = Int64.random(in: -100_000...100_000, using: &random), value = 0.0
        return (0..<Int.random(in: 1...120, using: &random)).map { _ in
            time += Int64.random(in: 1...30_000, using: &random)
            switch shape {
            case .counter:
                value =
                    Int.random(in: 0..<12, using: &random) == 0 ? 0 : value + Double.random(in: 0...50, using: &random)
            case .integers: value = Double(Int.random(in: -1000...1000, using: &random))
            case .decimals: value = Double.random(in: -1e3...1e3, using: &random)
            case .special:
                value = [0, -0.0, 1, -1, .nan, .infinity, -.infinity, .staleMarker, .leastNonzeroMagnitude]
                    .randomElement(using: &random)!
            case .huge: value = [1.7e308, -1.7e308, 1.0, 1e308].randomElement(using: &random)!
            case .constant: value = 42
            }
            return Sample(timestamp: Timestamp(milliseconds: time), value: value)
        }
    }

    /// Sliding windows, running counts and prefix sums must not differ by a bit from walking each window.
    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func `each function over windows has the bits of its plain definition`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for shape in Shape.allCases {
            let samples = samples(shape, &random)
            var source = TableSource([.init(labels: labels("x"), samples: samples)])
            source.sharesTimes = Bool.random(using: &random)
            let step = Int64.random(in: 1...40_000, using: &random),
                width = Int64.random(in: 1...200_000, using: &random)
            let offset = Int64.random(in: -20_000...20_000, using: &random)
            let start = samples[0].timestamp.milliseconds - 50_000
            for function in Self.functions {
                let argument = "x[\(width)ms] offset \(offset < 0 ? "-" : "")\(abs(offset))ms"
                let query =
                    function == "quantile_over_time" ? "\(function)(0.3, \(argument))" : "\(function)(\(argument))"
                let result = try testEngine().evaluate(
                    parse(query), over: Timestamp(milliseconds: start)...Timestamp(milliseconds: start + 60 * step),
                    step: .milliseconds(step), in: source)
                guard case .matrix(let series) = result.value else {
                    Issue.record("\(query) is no matrix")
                    continue
                }
                var found: [Int64: Double] = [:]
                for sample in series.first?.samples.map({ $0 }) ?? [] {
                    found[sample.timestamp.milliseconds] = sample.value
                }
                for index in 0...60 {
                    let time = start + Int64(index) * step, end = time - offset
                    let inside = samples.filter {
                        $0.timestamp.milliseconds > end - width && $0.timestamp.milliseconds <= end
                            && !$0.value.isStaleMarker
                    }
                    let window = PlainWindow(
                        times: inside.map(\.timestamp.milliseconds), values: inside.map(\.value), start: end - width,
                        end: end)
                    let expected = window.value(of: function)
                    let isSame =
                        expected?.bitPattern == found[time]?.bitPattern
                        || expected?.isNaN == true && found[time]?.isNaN == true
                    #expect(isSame, "\(query) at \(time), \(shape): \(found[time] as Any), not \(expected as Any)")
                }
            }
        }
    }

    /// What is found for one column of times is kept for the next series that has it: also where there are more columns
    /// than are kept, and where series without a column of their own come between.
    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func `series that share their times have the bits that each has alone`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed), all: [TableSource.Series] = []
        for column in 0..<80 {
            let times = samples(.constant, &random).map(\.timestamp)
            for number in 0..<Int.random(in: 1...3, using: &random) {
                let shape = Shape.allCases.randomElement(using: &random)!
                var values = samples(shape, &random).map(\.value)
                while values.count < times.count { values.append(values.last!) }
                all.append(
                    .init(
                        labels: labels("x{a=\"\(column)\", b=\"\(number)\"}"),
                        samples: zip(times, values).map { Sample(timestamp: $0, value: $1) }))
            }
        }
        var shared = TableSource(all)
        shared.sharesTimes = true
        let range = Timestamp(milliseconds: -100_000)...Timestamp(milliseconds: 900_000)
        for function in ["rate", "increase", "delta", "count_over_time"] {
            let query = try parse("\(function)(x[1m])"), engine = testEngine()
            let together = try engine.evaluate(query, over: range, step: .seconds(11), in: shared)
            var alone: [String] = [], counted = 0
            for series in all {
                let result = try engine.evaluate(query, over: range, step: .seconds(11), in: TableSource([series]))
                alone += bits(of: result)
                counted += result.statistics.queryableSamples
            }
            #expect(bits(of: together).sorted() == alone.sorted() && !alone.isEmpty)
            #expect(together.statistics.queryableSamples == counted)
        }
    }

    /// Each series in one line, its values as bits; all NaNs alike.
    private func bits(of result: QueryResult) -> [String] {
        guard case .matrix(let series) = result.value else { return [] }
        return series.map { series in
            let points = series.samples.map {
                "\($0.timestamp.milliseconds):\($0.value.isNaN ? "NaN" : String($0.value.bitPattern, radix: 16))"
            }
            return "\(series.labels) \(points.joined(separator: " "))"
        }
    }
}
