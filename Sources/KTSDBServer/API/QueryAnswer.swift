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
    private let question: Question
    /// Holds the answer's part of the engine's memory until it is sent.
    private let result: QueryResult

    init(_ result: QueryResult, _ question: Question, waited: Duration) {
        value = result.value
        warnings = result.warnings
        infos = result.infos
        cost = question.statistics.isEmpty ? nil : QueryCost(statistics: result.statistics, waited: waited)
        self.question = question
        self.result = result
    }

    /// Leaves out all but the first `limit` series, and says so.
    mutating func cut(to limit: Int?) {
        guard let limit else { return }
        switch value {
        case .vector(let elements) where elements.count > limit: value = .vector(Array(elements.prefix(limit)))
        case .matrix(let series) where series.count > limit: value = .matrix(Array(series.prefix(limit)))
        case .vector, .matrix, .scalar, .string: return
        }
        warnings.append(ListAnswer.truncated)
    }

    /// Warns of values of the parameter `stats` that Prometheus is about to refuse.
    mutating func warnStatistics(_ text: String) {
        guard !["", "true", "all"].contains(text) else { return }
        warnings.append(
            "value \(quoted(text)) for parameter \"stats\" is deprecated and will be rejected in the next major release, "
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
                bytesEach: 40 + (series.first.map { $0.labels.estimatedBytes + $0.values.count * 32 } ?? 0)
            ) { index, json in
                let series = series[index]
                json.beginObject()
                json.key("metric")
                json.labels(series.labels)
                if !series.values.isEmpty {
                    json.key("values")
                    json.beginArray()
                    for (time, value) in zip(series.timestamps, series.values) { json.point(time.milliseconds, value) }
                    json.endArray()
                }
                if !series.histograms.isEmpty {
                    json.key("histograms")
                    json.beginArray()
                    for (time, histogram) in zip(series.histogramTimestamps, series.histograms) {
                        json.point(time.milliseconds, histogram)
                    }
                    json.endArray()
                }
                json.endObject()
            }
        }
    }

    private func answer(
        _ type: String, count: Int, bytesEach: Int, brackets: Bool = true,
        _ element: @escaping @Sendable (Int, inout JSONWriter) -> Void
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
                    json.statistics(cost, start: question.record.start, step: question.record.step)
                }
                json.endObject()
                json.endSuccess(warnings: warnings, infos: infos)
            })
        return list.response
    }
}

extension Labels {
    /// About how long the labels are in JSON.
    var estimatedBytes: Int { stringForm.count * 3 / 2 + 8 }
}
