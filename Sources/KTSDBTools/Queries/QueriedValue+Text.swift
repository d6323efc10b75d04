internal import KTSDBModel
internal import PrometheusWire

extension QueriedValue {
    /// The value as promtool prints it, without a line feed at the end.
    package var text: String {
        switch self {
        case .scalar(let point): "scalar: \(point.text)"
        case .string(let text, _): text
        case .vector(let series):
            series.map { "\($0.labels.text) => \($0.pointTexts.first ?? "")" }.joined(separator: "\n")
        case .matrix(let series):
            series.sorted { $0.labels.isBefore($1.labels) }
                .map { "\($0.labels.text) =>\n" + $0.pointTexts.joined(separator: "\n") }.joined(separator: "\n")
        }
    }
}

extension QueriedPoint {
    /// The number and its time, such as `1 @[1700000000.5]`.
    var text: String { "\(valueText) @[\(time.secondsText)]" }
    /// The number without an exponent.
    var valueText: String { formatDouble(value, style: .fixed) }
}

extension QueriedSeries {
    /// The texts of the numbers, followed by those of the histograms.
    fileprivate var pointTexts: [String] {
        points.map(\.text) + histograms.map { "\($0.text) @[\($0.time.secondsText)]" }
    }
}

extension QueriedHistogram {
    /// The histogram as promtool prints it, such as `Count: 10.000000, Sum: 2.500000, Buckets: [(0.5,1]:10]`.
    var text: String {
        let buckets = buckets.map(\.text).joined(separator: " ")
        return "Count: \(GoNumber.sixDecimals(count)), Sum: \(GoNumber.sixDecimals(sum)), Buckets: [\(buckets)]"
    }
}

extension QueriedHistogram.Bucket {
    fileprivate var text: String {
        let open = rule == 1 || rule == 3 ? "[" : "(", close = rule == 0 || rule == 3 ? "]" : ")"
        return
            "\(open)\(GoNumber.shortest(lower)),\(GoNumber.shortest(upper))\(close):\(formatDouble(count, style: .fixed))"
    }
}

extension QueriedLabels {
    /// The labels as promtool prints a metric: `up{job="api", pod="a"}`, or `{}`.
    package var text: String {
        let rest = without(["__name__"]), name = self["__name__"]
        if rest.labels.isEmpty { return name ?? "{}" }
        return (name ?? "") + rest.setText
    }

    /// All labels in braces, such as `{__name__="up", job="api"}`.
    package var setText: String {
        "{" + labels.map { "\($0.name)=\(goQuoted($0.value))" }.joined(separator: ", ") + "}"
    }

    /// Returns whether this series comes before another in promtool's output: series with fewer labels come first, then
    /// they are compared label by label; a series that lacks a label of the other comes first.
    package func isBefore(_ other: QueriedLabels) -> Bool {
        if labels.count != other.labels.count { return labels.count < other.labels.count }
        for (own, its) in zip(labels, other.labels) where own != its {
            if own.name == its.name { return own.value.utf8.lexicographicallyPrecedes(its.value.utf8) }
            return its.name.utf8.lexicographicallyPrecedes(own.name.utf8)
        }
        return false
    }
}

extension Timestamp {
    /// The time in seconds since 1970, with as many decimals as needed.
    var secondsText: String { formatDouble(Double(milliseconds) / 1000, style: .fixed) }
}
