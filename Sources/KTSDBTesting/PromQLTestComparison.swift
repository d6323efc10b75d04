import KTSDBModel
import PromQL

extension PromQLTestScript.Evaluation {
    /// Returns how a result differs from the expected one; nil if it does not.
    func difference(to value: QueryValue, isOrdered: Bool) -> String? {
        switch (expected, value) {
        case (.scalar(let wanted), .scalar(let found)):
            return almostEqual(wanted, found.value) ? nil : "another value"
        case (.string(let wanted), .string(let found, _)): return wanted == found ? nil : "another text"
        case (.series(let wanted), .vector(let found)):
            if rangeVector != nil { return "an instant vector" }
            return difference(wanted, found, isOrdered: isOrdered)
        case (.series(let wanted), .matrix(let found)):
            if isOrdered { return "a matrix has no order" }
            return difference(wanted, found)
        default: return "a value of another type"
        }
    }

    private func difference(_ wanted: [PromQLTestSeries], _ found: [VectorElement], isOrdered: Bool) -> String? {
        for (position, element) in found.enumerated() {
            guard let place = wanted.firstIndex(where: { $0.labels == element.labels }) else {
                return "unexpected \(element.labels)"
            }
            if isOrdered, place != position { return "\(element.labels) at another place" }
            switch (wanted[place].points[0], element.histogram) {
            case (.float(let value), nil) where almostEqual(value, element.value): break
            case (.histogram(let histogram, let saysHint), let found?)
            where histogram.almostEquals(found, comparesHint: saysHint):
                break
            case (.histogram, nil): return "no histogram for \(element.labels)"
            case (.float, _?): return "a histogram for \(element.labels)"
            default: return "another value of \(element.labels)"
            }
        }
        return missing(wanted, Set(found.map(\.labels)), found.count)
    }

    private func difference(_ wanted: [PromQLTestSeries], _ found: [MatrixSeries]) -> String? {
        let times: (start: Int64, end: Int64, step: Int64)
        switch time {
        case .range(let start, let end, let step): times = (start, end, step)
        case .instant(let time): times = rangeVector ?? (time, time, 0)
        }
        for index in found.indices.dropFirst() where found[index].labels < found[index - 1].labels {
            return "series not in the order of their labels"
        }
        for series in found {
            guard let expected = wanted.first(where: { $0.labels == series.labels }) else {
                return "unexpected \(series.labels)"
            }
            var samples: [Sample] = [], histograms: [(time: Timestamp, value: Histogram, saysHint: Bool)] = []
            for (index, point) in expected.points.enumerated() {
                let time = times.start + Int64(index) * times.step
                if time > times.end { return "more points expected than there are times" }
                switch point {
                case .absent: break
                case .float(let value): samples.append(Sample(timestamp: Timestamp(milliseconds: time), value: value))
                case .histogram(let histogram, let saysHint):
                    histograms.append((Timestamp(milliseconds: time), histogram, saysHint))
                }
            }
            guard histograms.map(\.time) == series.histogramTimestamps else {
                return "other times of histograms of \(series.labels)"
            }
            for (wanted, found) in zip(histograms, series.histograms)
            where !wanted.value.almostEquals(found, comparesHint: wanted.saysHint) {
                return "another histogram of \(series.labels) at \(Double(wanted.time.milliseconds) / 1000) s"
            }
            guard samples.map(\.timestamp) == series.timestamps else { return "other times of \(series.labels)" }
            for (sample, value) in zip(samples, series.values) where !almostEqual(sample.value, value) {
                return "another value of \(series.labels) at \(Double(sample.timestamp.milliseconds) / 1000) s"
            }
        }
        return missing(wanted, Set(found.map(\.labels)), found.count)
    }

    private func missing(_ wanted: [PromQLTestSeries], _ found: Set<Labels>, _ count: Int) -> String? {
        if let series = wanted.first(where: { !found.contains($0.labels) }) { return "no \(series.labels)" }
        return found.count == count ? nil : "the same labels twice"
    }
}

/// Returns whether two results of the same computation are close enough: they differ by less than a millionth of the
/// sum of their magnitudes, and if one of them is zero, so is the other.
func almostEqual(_ a: Double, _ b: Double) -> Bool {
    if a.isStaleMarker || b.isStaleMarker { return a.isStaleMarker && b.isStaleMarker }
    if a.isNaN && b.isNaN || a == b { return true }
    let difference = abs(a - b)
    let sum = abs(a) + abs(b)
    if a == 0 || b == 0 || sum < .leastNormalMagnitude { return difference < 1e-6 * .leastNormalMagnitude }
    return difference / min(sum, .greatestFiniteMagnitude) < 1e-6
}

extension Histogram {
    /// Returns whether two results of the same computation are close enough. Empty buckets do not count.
    func almostEquals(_ other: Histogram, comparesHint: Bool) -> Bool {
        var a = self, b = other
        a.compact()
        b.compact()
        func areEqual(_ a: HistogramBuckets, _ b: HistogramBuckets) -> Bool {
            a.counts.count == b.counts.count && a.indices.elementsEqual(b.indices)
                && zip(a.counts, b.counts).allSatisfy { almostEqual($0, $1) }
        }
        return a.schema == b.schema && almostEqual(a.count, b.count) && almostEqual(a.sum, b.sum)
            && (!a.usesCustomBuckets || a.customBounds == b.customBounds) && a.zeroThreshold == b.zeroThreshold
            && almostEqual(a.zeroCount, b.zeroCount) && areEqual(a.positive, b.positive)
            && areEqual(a.negative, b.negative)
            && (!comparesHint || a.counterResetHint == b.counterResetHint)
    }

    /// The histogram in one line, with the parts that a script can specify.
    fileprivate var testText: String {
        "{{schema:\(schema) count:\(count) sum:\(sum) z_bucket:\(zeroCount) z_bucket_w:\(zeroThreshold) "
            + "buckets:\(positive.counts) at \(Array(positive.indices)) n_buckets:\(negative.counts) at "
            + "\(Array(negative.indices)) custom_values:\(customBounds) hint:\(counterResetHint)}}"
    }
}

// MARK: Texts

extension PromQLTestScript.Evaluation {
    /// The expected result in one line.
    var expectedText: String {
        switch expected {
        case _ where failure != nil: "error " + (failure?.description ?? "")
        case .scalar(let value): "\(value)"
        case .string(let text): "string \"\(text)\""
        case .series(let series): series.isEmpty ? "nothing" : series.map(\.testText).joined(separator: "; ")
        }
    }
}

extension PromQLTestSeries {
    var testText: String {
        let values = points.prefix(12).map { point in
            switch point {
            case .absent: "_"
            case .float(let value): value.isStaleMarker ? "stale" : "\(value)"
            case .histogram(let histogram, _): histogram.testText
            }
        }
        return "\(labels) " + values.joined(separator: " ") + (points.count > 12 ? " …" : "")
    }
}

extension QueryValue {
    /// The value in one line.
    var testText: String {
        func text(_ sample: Sample) -> String { "\(sample.value)@\(Double(sample.timestamp.milliseconds) / 1000)" }
        switch self {
        case .scalar(let sample): return "\(sample.value)"
        case .string(let value, _): return "string \"\(value)\""
        case .vector(let elements):
            return elements.isEmpty
                ? "nothing"
                : elements.map {
                    "\($0.labels) " + ($0.histogram?.testText ?? "\($0.value)")
                }.joined(separator: "; ")
        case .matrix(let series):
            if series.isEmpty { return "nothing" }
            return series.map { series in
                let points = series.samples.prefix(12).map(text).joined(separator: " ")
                let histograms = zip(series.histogramTimestamps, series.histograms).prefix(4).map {
                    "\($1.testText)@\(Double($0.milliseconds) / 1000)"
                }
                return "\(series.labels) \(points) " + histograms.joined(separator: " ")
                    + (series.values.count > 12 ? " …" : "")
            }.joined(separator: "; ")
        }
    }
}
