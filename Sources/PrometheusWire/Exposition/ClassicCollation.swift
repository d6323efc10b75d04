internal import KTSDBModel

/// Makes native histograms with custom buckets of the classic ones in the text bodies of one target.
///
/// A series with the type `histogram` whose name is that of the last metadata line and `_bucket`, `_count` or `_sum` is
/// a *part* of the histogram with the same labels, apart from `le`. That is decided once, when the series appears.
struct ClassicCollation {
    /// What a row is of a histogram.
    private struct Part {
        enum Role { case bucket, count, sum }

        /// The number of the histogram; `none` for other series.
        var group = UInt32.max
        var role = Role.bucket
        var bound = 0.0
    }

    private struct Group {
        var labels: Labels
        var builder = ClassicBuckets()
        var timestamp: Int64?
        var exemplars: [Exemplar] = []
        /// The number of the body whose parts are in `builder`.
        var body = 0
    }

    /// A histogram of a body.
    struct Made {
        var labels: Labels
        var histogram: Histogram
        var timestamp: Int64?
        var exemplars: [Exemplar]

        /// The key of its series among the lines of bodies: no line begins with a zero byte.
        var key: [UInt8] { [0] + labels.stringForm }
    }

    private var parts: [Part] = []
    private var groups: [Group] = []
    private var numbers: [Labels: UInt32] = [:]
    private var body = 0

    /// Notes the next row, and returns whether it is part of a histogram. `metric` is that of the last metadata line.
    mutating func add(_ labels: Labels, _ type: MetricType, metric: String?) -> Bool {
        let part = type == .histogram ? part(labels, metric: metric) : Part()
        parts.append(part)
        return part.group != .max
    }

    /// Takes the last row back.
    mutating func removeLast() { parts.removeLast() }

    /// Notes the next row, which is a histogram that was made.
    mutating func addMade() { parts.append(Part()) }

    /// Forgets the rows that are not in `kept`; the others get the order that they have there.
    mutating func keep(_ kept: [Int]) {
        parts = kept.map { parts[$0] }
        var fresh: [Group] = [], renumbered: [UInt32: UInt32] = [:]
        numbers = [:]
        for index in parts.indices where parts[index].group != .max {
            let old = parts[index].group
            if renumbered[old] == nil {
                renumbered[old] = UInt32(fresh.count)
                numbers[groups[Int(old)].labels] = UInt32(fresh.count)
                fresh.append(groups[Int(old)])
            }
            parts[index].group = renumbered[old] ?? .max
        }
        groups = fresh
    }

    private mutating func part(_ labels: Labels, metric: String?) -> Part {
        guard let metric, let name = labels.metricName, name.hasPrefix(metric) else { return Part() }
        var part = Part()
        switch name.dropFirst(metric.count) {
        case "_bucket":
            guard let bound = labels["le"].flatMap({ parseDouble(Array($0.utf8).span) }), !bound.isNaN else {
                return Part()
            }
            part.bound = bound
        case "_count": part.role = .count
        case "_sum": part.role = .sum
        default: return Part()
        }
        var builder = LabelsBuilder(labels)
        builder.set("__name__", metric)
        builder.set("le", "")
        part.group = group(builder.labels)
        return part
    }

    private mutating func group(_ labels: Labels) -> UInt32 {
        if let known = numbers[labels] { return known }
        let number = UInt32(groups.count)
        groups.append(Group(labels: labels))
        numbers[labels] = number
        return number
    }

    // MARK: A body

    /// Takes the parts of a body, which are removed from the samples unless the classic series are kept. Returns the
    /// histograms, in the order of their first parts; those whose buckets contradict each other are left out.
    mutating func collect(from samples: inout ScrapedSamples, keepingParts: Bool) -> [Made] {
        body += 1
        var order: [UInt32] = []
        for index in 0..<samples.count {
            let part = parts[Int(samples.entries[index])]
            if part.group != .max { take(part, index, samples, &order) }
        }
        for (index, exemplar) in samples.exemplars where exemplar.timestamp != nil {
            let group = parts[Int(samples.entries[index])].group
            if group != .max { groups[Int(group)].exemplars.append(exemplar) }
        }
        if !keepingParts, !order.isEmpty {
            let parts = parts
            samples.removeSamples { parts[Int($0)].group != .max }
        }
        return order.compactMap { made($0) }
    }

    private mutating func take(
        _ part: Part, _ index: Int, _ samples: borrowing ScrapedSamples, _ order: inout [UInt32]
    ) {
        let number = Int(part.group), value = samples.values[index]
        if groups[number].body != body {
            order.append(part.group)
            groups[number].body = body
            groups[number].builder.removeAll()
            groups[number].exemplars = []
            let time = samples.timestamps.isEmpty ? ScrapedSamples.noTimestamp : samples.timestamps[index]
            groups[number].timestamp = time == ScrapedSamples.noTimestamp ? nil : time
        }
        switch part.role {
        case .bucket: groups[number].builder.setBucket(upTo: part.bound, value)
        case .count: groups[number].builder.setCount(value)
        case .sum: groups[number].builder.setSum(value)
        }
    }

    private func made(_ number: UInt32) -> Made? {
        let group = groups[Int(number)]
        guard let histogram = try? group.builder.histogram(), (try? histogram.validate()) != nil else { return nil }
        return Made(
            labels: group.labels, histogram: histogram, timestamp: group.timestamp, exemplars: group.exemplars)
    }
}
