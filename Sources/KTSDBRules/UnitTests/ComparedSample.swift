internal import GoTemplate
internal import KTSDBModel

/// A sample as unit tests compare and print it.
struct ComparedSample: Comparable {
    var labels: Labels
    var value: Double
    var histogram: Histogram?

    static func < (left: ComparedSample, right: ComparedSample) -> Bool { left.labels < right.labels }

    /// Whether both lists have the same samples in the same order. NaN differs from every value, as in promtool.
    /// `fuzzily` allows values to differ by one unit in the last place.
    static func areEqual(_ left: [ComparedSample], _ right: [ComparedSample], fuzzily: Bool) -> Bool {
        left.count == right.count && zip(left, right).allSatisfy { $0.isEqual(to: $1, fuzzily: fuzzily) }
    }

    private func isEqual(to other: ComparedSample, fuzzily: Bool) -> Bool {
        guard labels == other.labels, (histogram == nil) == (other.histogram == nil) else { return false }
        if let histogram, let otherHistogram = other.histogram {
            return HistogramText.text(histogram) == HistogramText.text(otherHistogram)
        }
        return value == other.value || fuzzily && (value.nextUp == other.value || value.nextDown == other.value)
    }

    /// Returns the samples, separated by commas: `{a="b"} 1E+00`.
    static func text(_ samples: [ComparedSample]) -> String {
        guard !samples.isEmpty else { return "nil" }
        return samples.map { sample in
            let value = sample.histogram.map(HistogramText.text) ?? HistogramText.scientific(sample.value)
            return labelText(sample.labels) + " " + value
        }.joined(separator: ", ")
    }
}

/// Native histograms in the notation of PromQL's tests.
enum HistogramText {
    /// `{{schema:1 count:3 sum:5 buckets:[1 2]}}`
    static func text(_ histogram: Histogram) -> String {
        var fields: [String] = []
        if histogram.schema != 0 { fields.append("schema:\(histogram.schema)") }
        if histogram.count != 0 { fields.append("count:\(number(histogram.count))") }
        if histogram.sum != 0 { fields.append("sum:\(number(histogram.sum))") }
        if histogram.zeroCount != 0 { fields.append("z_bucket:\(number(histogram.zeroCount))") }
        if histogram.zeroThreshold != 0 { fields.append("z_bucket_w:\(number(histogram.zeroThreshold))") }
        if !histogram.customBounds.isEmpty { fields.append("custom_values:\(list(histogram.customBounds))") }
        switch histogram.counterResetHint {
        case .unknown: break
        case .reset: fields.append("counter_reset_hint:reset")
        case .notReset: fields.append("counter_reset_hint:not_reset")
        case .gauge: fields.append("counter_reset_hint:gauge")
        }
        fields += buckets(histogram.positive, "") + buckets(histogram.negative, "n_")
        return "{{" + fields.joined(separator: " ") + "}}"
    }

    /// `1.5E+00`
    static func scientific(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "-Inf" : "+Inf" }
        let shortest = GoFormat.text("%v", .float(value.magnitude))
        let parts = shortest.split(separator: "e"), digits = parts[0].filter { $0 != "." }
        let leading = digits.prefix { $0 == "0" }.count, significant = digits.dropFirst(leading)
        guard !significant.isEmpty else { return (value.sign == .minus ? "-" : "") + "0E+00" }
        let whole = parts[0].prefix { $0 != "." }.count
        let exponent = (parts.count > 1 ? Int(parts[1]) ?? 0 : 0) + whole - leading - 1
        var mantissa = String(significant)
        while mantissa.count > 1, mantissa.hasSuffix("0") { mantissa.removeLast() }
        if mantissa.count > 1 { mantissa.insert(".", at: mantissa.index(after: mantissa.startIndex)) }
        let power = exponent.magnitude < 10 ? "0\(exponent.magnitude)" : "\(exponent.magnitude)"
        return (value.sign == .minus ? "-" : "") + mantissa + "E" + (exponent < 0 ? "-" : "+") + power
    }

    private static func number(_ value: Double) -> String { GoFormat.text("%g", .float(value)) }
    private static func list(_ values: [Double]) -> String { "[" + values.map(number).joined(separator: " ") + "]" }

    /// Returns the fields for the offset and the counts, from the first to the last bucket that is not empty. Empty
    /// buckets between them are zeros.
    private static func buckets(_ buckets: HistogramBuckets, _ prefix: String) -> [String] {
        let filled = zip(buckets.indices, buckets.counts).filter { $1 != 0 }
        guard let first = filled.first?.0, let last = filled.last?.0 else { return [] }
        var counts = filled.map(\.1)
        if Int(last) - Int(first) < widthLimit {
            counts = [Double](repeating: 0, count: Int(last) - Int(first) + 1)
            for (index, count) in filled { counts[Int(index) - Int(first)] = count }
        }
        return (first == 0 ? [] : ["\(prefix)offset:\(first)"]) + ["\(prefix)buckets:" + list(counts)]
    }

    /// A histogram with at least this many buckets is written without the empty ones between others.
    private static let widthLimit = 1 << 16
}
