import KTSDBModel
import LogQL

/// Evaluates metric queries without stages as slowly and as plainly as possible: each step looks at every entry, and
/// computes each formula as it is written in a book. Samples are read from a label's digits.
struct NaiveEvaluation {
    var entries: [LogLine]

    /// The vector at one time; nil where the engine has to refuse it.
    func vector(_ expression: LogQLExpression, at time: Int64) -> [Labels: Double]? {
        switch expression {
        case .lines: nil
        case .literal(let number), .vector(let number): [[:]: number]
        case .rangeAggregation(let aggregation): window(aggregation, at: time)
        case .vectorAggregation(let aggregation): aggregate(aggregation, at: time)
        case .binary(let operation): binary(operation, at: time)
        case .labelReplacement: nil
        }
    }

    // MARK: Windows

    private func window(_ aggregation: RangeAggregation, at time: Int64) -> [Labels: Double] {
        let end = time - aggregation.offset, start = end - aggregation.range
        var samples: [Labels: [(time: Int64, value: Double)]] = [:]
        for entry in entries.sorted(by: { $0.time < $1.time }) where entry.time > start && entry.time <= end {
            guard MemoryLogSource.matches(entry.stream, aggregation.lines.matchers) else { continue }
            var labels = ProcessedLine(line: [], stream: entry.stream, metadata: entry.metadata, parsed: [:]).labels
            var value = 1.0
            if let unwrap = aggregation.unwrap {
                guard let text = labels[unwrap.label], let number = Double(text) else { continue }
                value = number
                labels = labels.removing([unwrap.label])
            } else if [.bytesOverTime, .bytesRate].contains(aggregation.operation) {
                value = Double(entry.line.count)
            }
            if let grouping = aggregation.grouping { labels = Self.group(labels, grouping) }
            samples[labels, default: []].append((entry.time, value))
        }
        if aggregation.operation == .absentOverTime {
            let known = aggregation.lines.matchers.filter { $0.operation == .equal }.map { ($0.name, $0.value) }
            return samples.isEmpty ? [Labels(known): 1] : [:]
        }
        if aggregation.operation == .avgOverTime, let grouping = aggregation.grouping, !grouping.isWithout {
            // All lines of the group count.
            var lines = aggregation
            lines.operation = .countOverTime
            lines.unwrap = nil
            let counts = window(lines, at: time)
            return Dictionary(
                uniqueKeysWithValues: samples.map { labels, samples in
                    (labels, samples.map(\.value).reduce(0, +) / (counts[labels] ?? .nan))
                })
        }
        return samples.mapValues { samples in
            Self.value(aggregation, samples.map(\.value), samples.map(\.time))
        }
    }

    private static func value(
        _ aggregation: RangeAggregation, _ values: [Double], _ times: [Int64]
    ) -> Double {
        let count = Double(values.count), seconds = Double(aggregation.range) / 1e9
        let sum = values.reduce(0, +), mean = sum / count
        let variance = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / count
        switch aggregation.operation {
        case .countOverTime: return count
        case .rate: return sum / seconds
        case .bytesOverTime, .sumOverTime: return sum
        case .bytesRate: return sum / seconds
        case .avgOverTime: return mean
        case .minOverTime: return values.min() ?? .nan
        case .maxOverTime: return values.max() ?? .nan
        case .stdvarOverTime: return variance
        case .stddevOverTime: return variance.squareRoot()
        case .firstOverTime: return values[0]
        case .lastOverTime: return values[values.count - 1]
        case .absentOverTime: return 1
        case .quantileOverTime:
            guard let quantile = aggregation.parameter, quantile <= 1 else { return .infinity }
            let ordered = values.sorted(), rank = quantile * (count - 1)
            let low = ordered[Int(rank.rounded(.down))], high = ordered[Int(rank.rounded(.up))]
            return low + (high - low) * (rank - rank.rounded(.down))
        case .rateCounter:
            guard values.count > 1 else { return 0 }
            let rise = zip(values, values.dropFirst()).map { $1 >= $0 ? $1 - $0 : $1 }.reduce(0, +)
            let length = Double(times[times.count - 1] - times[0]) / 1e9
            // Samples are apart by much more than a millionth of a window.
            let before = values[0] > 0 || rise == 0 ? seconds / 1e6 : 0
            return length == 0 ? rise / seconds : rise / length * (length + before) / seconds
        }
    }

    private static func group(_ labels: Labels, _ grouping: LabelGrouping?) -> Labels {
        guard let grouping else { return [:] }
        return Labels(
            labels.filter { grouping.labels.contains($0.name) != grouping.isWithout }.map { ($0.name, $0.value) })
    }

    // MARK: Vectors

    private func aggregate(_ aggregation: VectorAggregation, at time: Int64) -> [Labels: Double]? {
        guard let vector = vector(aggregation.operand, at: time) else { return nil }
        var groups: [Labels: [(labels: Labels, value: Double)]] = [:]
        for (labels, value) in vector {
            groups[Self.group(labels, aggregation.grouping), default: []].append((labels, value))
        }
        var result: [Labels: Double] = [:]
        for (labels, members) in groups {
            let values = members.map(\.value), count = Double(values.count)
            let mean = values.reduce(0, +) / count
            let variance = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / count
            switch aggregation.operation {
            case .sum: result[labels] = values.reduce(0, +)
            case .avg: result[labels] = mean
            case .min: result[labels] = values.min()
            case .max: result[labels] = values.max()
            case .count: result[labels] = count
            case .stdvar: result[labels] = variance
            case .stddev: result[labels] = variance.squareRoot()
            case .sort, .sortDescending: for member in members { result[member.labels] = member.value }
            case .topk, .bottomk, .approximateTopk:
                let sign = aggregation.operation == .bottomk ? 1.0 : -1.0
                let ordered = members.sorted { (sign * $0.value, $0.labels) < (sign * $1.value, $1.labels) }
                for member in ordered.prefix(aggregation.parameter ?? 0) { result[member.labels] = member.value }
            }
        }
        return result
    }

    private func binary(_ operation: BinaryOperation, at time: Int64) -> [Labels: Double]? {
        guard let left = vector(operation.left, at: time), let right = vector(operation.right, at: time) else {
            return nil
        }
        func value(_ a: Double, _ b: Double, _ kept: Double) -> Double? {
            let holds: Bool
            switch operation.operator {
            case .plus: return a + b
            case .minus: return a - b
            case .times: return a * b
            case .over: return b == 0 ? .nan : a / b
            case .modulo: return b == 0 ? .nan : a.truncatingRemainder(dividingBy: b)
            case .equal: holds = a == b
            case .notEqual: holds = a != b
            case .less: holds = a < b
            case .lessOrEqual: holds = a <= b
            case .greater: holds = a > b
            case .greaterOrEqual: holds = a >= b
            case .or, .and, .unless, .power: return nil
            }
            return operation.returnsBool ? (holds ? 1 : 0) : holds ? kept : nil
        }
        if case .literal(let number) = operation.left { return right.compactMapValues { value(number, $0, $0) } }
        if case .literal(let number) = operation.right { return left.compactMapValues { value($0, number, $0) } }
        let matching = operation.matching ?? .init()
        func key(_ labels: Labels) -> Labels {
            Self.group(labels, LabelGrouping(matching.labels, isWithout: !matching.isOn))
        }
        let leftKeys = Set(left.keys.map(key)), rightKeys = Set(right.keys.map(key))
        switch operation.operator {
        case .and: return left.filter { rightKeys.contains(key($0.key)) }
        case .unless: return left.filter { !rightKeys.contains(key($0.key)) }
        case .or: return left.merging(right.filter { !leftKeys.contains(key($0.key)) }) { a, _ in a }
        default: break
        }
        var result: [Labels: Double] = [:]
        let swapped = matching.cardinality == .oneToMany
        let (many, one) = swapped ? (right, left) : (left, right)
        // The one side must be unique; so must the other, unless it may be many.
        guard Set(one.keys.map(key)).count == one.count else { return nil }
        for (labels, number) in many {
            guard let partner = one.first(where: { key($0.key) == key(labels) }) else { continue }
            let (a, b) = swapped ? (partner.value, number) : (number, partner.value)
            guard let value = value(a, b, a) else { continue }
            var builder = LabelsBuilder(matching.cardinality == .oneToOne ? key(labels) : labels)
            for name in matching.include where matching.cardinality != .oneToOne {
                builder.set(name, partner.key[name] ?? "")
            }
            guard result.updateValue(value, forKey: builder.labels) == nil else { return nil }
        }
        return result
    }
}
