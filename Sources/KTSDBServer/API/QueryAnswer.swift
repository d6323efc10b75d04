internal import Hummingbird
internal import KTSDBModel
internal import PromQL
internal import PrometheusWire

/// The answer to a query.
struct QueryAnswer: Sendable {
    private var value: QueryValue
    private var warnings: [String]
    private let infos: [String]
    private let cost: QueryCost?
    private let asked: QueryRequest
    /// Holds the memory that the engine reserved for the answer until it is sent.
    private let result: QueryResult

    init(_ result: QueryResult, _ asked: QueryRequest, _ cost: QueryCost, _ paths: ClientPaths) {
        value = result.value
        // Those about damaged files name them.
        warnings = result.warnings.map { $0.hasPrefix("PromQL ") ? $0 : paths.relative($0) }
        infos = result.infos
        self.cost = asked.statistics.isEmpty ? nil : cost
        self.asked = asked
        self.result = result
    }

    /// Leaves out all but the first `limit` series, and adds a warning if there were more.
    mutating func cut(to limit: Int?) {
        guard let limit else { return }
        switch value {
        case .vector(let elements) where elements.count > limit: value = .vector(Array(elements.prefix(limit)))
        case .matrix(let series) where series.count > limit: value = .matrix(Array(series.prefix(limit)))
        case .vector, .matrix, .scalar, .string: return
        }
        warnings.append(ListAnswer.truncated)
    }

    /// Warns about values of the parameter `stats` that Prometheus is about to refuse.
    mutating func warnStatistics(_ text: String) {
        guard !["", "true", "all"].contains(text) else { return }
        warnings.append(
            "value \(goQuoted(text)) for parameter \"stats\" is deprecated and will be rejected in the next major release, "
                + "use \"true\" or \"all\"")
    }

    var response: Response {
        switch value {
        case .scalar(let sample):
            answer("scalar", count: 1, bytesEach: 64, brackets: false) { _, json in
                json.point(sample.timestamp.milliseconds, sample.value, style: .fixed)
            }
        case .string(let text, let time):
            answer("string", count: 1, bytesEach: text.utf8.count + 64, brackets: false) { _, json in
                json.beginArray()
                json.time(time.milliseconds)
                json.string(text)
                json.endArray()
            }
        case .vector(let elements):
            answer("vector", count: elements.count, bytesEach: 60 + (elements.first?.labels.estimatedBytes ?? 0)) {
                index, json in
                let element = elements[index]
                json.beginObject()
                json.key("metric")
                json.labels(element.labels)
                if let histogram = element.histogram {
                    json.key("histogram")
                    json.point(element.timestamp.milliseconds, histogram)
                } else {
                    json.key("value")
                    json.point(element.timestamp.milliseconds, element.value)
                }
                json.endObject()
            }
        case .matrix(let series):
            answer(
                "matrix", count: series.count,
                bytesEach: 40 + (series.first.map { $0.labels.estimatedBytes + $0.values.count * 32 } ?? 0),
                part: { index, part, json in json.part(part, of: series[index]) })
        }
    }

    private func answer(
        _ type: String, count: Int, bytesEach: Int, brackets: Bool = true,
        _ element: @escaping @Sendable (Int, inout JSONWriter) -> Void = { _, _ in },
        part: (@Sendable (Int, Int, inout JSONWriter) -> Bool)? = nil
    ) -> Response {
        let list = ListAnswer(
            estimatedBytes: 256 + count * bytesEach, count: count,
            opening: { json in
                json.beginSuccess()
                json.beginObject()
                json.key("resultType")
                json.string(type)
                json.key("result")
                if brackets { json.beginArray() }
            },
            element: element,
            closing: { json in
                if brackets { json.endArray() }
                if let cost {
                    json.key("stats")
                    json.statistics(cost, start: asked.entry.start, step: asked.entry.step)
                }
                json.endObject()
                json.endSuccess(warnings: warnings, infos: infos)
            }, part: part)
        return list.response
    }
}

extension Labels {
    /// An estimate of the length of the labels in JSON.
    var estimatedBytes: Int { stringForm.count * 3 / 2 + 8 }
}

extension JSONWriter {
    /// Writes one part of a matrix series: few enough points that nobody waits long for it.
    ///
    /// - Returns: Whether there are more parts.
    fileprivate mutating func part(_ part: Int, of series: MatrixSeries) -> Bool {
        let values = SeriesParts(series.values.count, each: 1024)
        let histograms = SeriesParts(series.histograms.count, each: 16)
        if part == 0 {
            beginObject()
            key("metric")
            labels(series.labels)
        }
        if let range = values.range(part) {
            if range.lowerBound == 0 {
                key("values")
                beginArray()
            }
            for (time, value) in zip(series.timestamps[range], series.values[range]) { point(time.milliseconds, value) }
            if range.upperBound == values.count { endArray() }
        } else if let range = histograms.range(part - values.parts) {
            if range.lowerBound == 0 {
                key("histograms")
                beginArray()
            }
            for (time, histogram) in zip(series.histogramTimestamps[range], series.histograms[range]) {
                point(time.milliseconds, histogram)
            }
            if range.upperBound == histograms.count { endArray() }
        }
        let hasMore = part + 1 < values.parts + histograms.parts
        if !hasMore { endObject() }
        return hasMore
    }
}

/// A list that is divided into parts of equal length.
private struct SeriesParts {
    let count: Int
    private let each: Int

    init(_ count: Int, each: Int) {
        self.count = count
        self.each = each
    }

    var parts: Int { (count + each - 1) / each }

    /// The indices of a part; nil if there is no such part.
    func range(_ part: Int) -> Range<Int>? {
        part >= 0 && part < parts ? part * each..<min(count, (part + 1) * each) : nil
    }
}
