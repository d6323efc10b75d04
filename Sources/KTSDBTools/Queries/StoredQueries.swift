internal import KTSDBEngine
package import KTSDBModel
package import PromQL

/// Queries the directory of a database that no server uses, without changing it.
package final class StoredQueries: QuerySource {
    private let database: Database
    private let engine: PromQLEngine
    package let preset: Timestamp

    /// Opens a directory. Its ``preset`` time is that of the newest sample, or `now` if there are no samples.
    package init(_ directory: String, _ options: EngineOptions, now: Timestamp) throws(QueryProblem) {
        do throws(OpenError) { database = try Database.reading(path: directory) } catch {
            throw QueryProblem("\(error)")
        }
        engine = PromQLEngine(options)
        preset = database.statistics.maxTime ?? now
    }

    deinit { try? database.close() }

    package func value(of expression: String, at time: Timestamp) throws(QueryProblem) -> Queried<QueriedValue> {
        try answer { () throws(QueryError) in
            try engine.evaluate(try engine.expression(expression), text: expression, at: time, in: database.readView())
        }
    }

    package func values(
        of expression: String, over range: ClosedRange<Timestamp>, step: Duration
    ) throws(QueryProblem) -> Queried<QueriedValue> {
        try answer { () throws(QueryError) in
            try engine.evaluate(
                try engine.expression(expression), text: expression, over: range, step: step,
                in: database.readView())
        }
    }

    package func series(
        _ selectors: [String], from start: Timestamp?, to end: Timestamp?
    ) throws(QueryProblem) -> Queried<[QueriedLabels]> {
        let range = try Self.range(start, end), view = database.readView()
        var found: [QueriedLabels] = [], known: Set<QueriedLabels> = []
        for matchers in try Self.matchers(selectors) {
            do throws(ReadError) {
                let selected = try view.select(matchers, withSamplesIn: range)
                for position in 0..<selected.count {
                    let labels = QueriedLabels(try selected.labels(at: position))
                    if known.insert(labels).inserted { found.append(labels) }
                }
            } catch { throw QueryProblem("execution: \(error)") }
        }
        return Queried(value: found.sorted { $0.precedes($1) })
    }

    package func labelValues(
        _ name: String, _ selectors: [String], from start: Timestamp?, to end: Timestamp?
    ) throws(QueryProblem) -> Queried<[String]> {
        let range = try Self.range(start, end), matchers = try Self.matchers(selectors)
        do throws(ReadError) {
            return Queried(value: try database.readView().labelValues(of: name, matching: matchers, in: range))
        } catch { throw QueryProblem("execution: \(error)") }
    }

    private static func range(_ start: Timestamp?, _ end: Timestamp?) throws(QueryProblem) -> ClosedRange<Timestamp> {
        let first = start ?? .earliest, last = end ?? .latest
        guard first <= last else { throw QueryProblem("bad_data: end timestamp must not be before start time") }
        return first...last
    }

    private static func matchers(_ selectors: [String]) throws(QueryProblem) -> [[LabelMatcher]] {
        var lists: [[LabelMatcher]] = []
        for selector in selectors {
            do throws(ParseErrors) { lists.append(try parseSelector(selector)) } catch {
                throw QueryProblem("bad_data: invalid parameter \"match[]\": \(error)")
            }
        }
        return lists
    }

    private func answer(
        _ evaluate: () throws(QueryError) -> QueryResult
    ) throws(QueryProblem) -> Queried<QueriedValue> {
        do throws(QueryError) {
            let result = try evaluate()
            return Queried(value: QueriedValue(result.value), warnings: result.warnings, infos: result.infos)
        } catch { throw Self.problem(error) }
    }

    /// Returns the error with the type that a server would report.
    private static func problem(_ error: QueryError) -> QueryProblem {
        switch error {
        case .parse(let errors): QueryProblem("bad_data: invalid parameter \"query\": \(errors)")
        case .invalidExpression, .invalidParameter: QueryProblem("bad_data: \(error)")
        case .timeout: QueryProblem("timeout: \(error)")
        case .cancelled: QueryProblem("canceled: \(error)")
        default: QueryProblem("execution: \(error)")
        }
    }
}

extension QueriedValue {
    fileprivate init(_ value: QueryValue) {
        switch value {
        case .scalar(let sample): self = .scalar(QueriedPoint(sample.timestamp, sample.value))
        case .string(let text, let time): self = .string(text, at: time)
        case .vector(let elements):
            self = .vector(
                elements.map { element in
                    let labels = QueriedLabels(element.labels)
                    guard let histogram = element.histogram else {
                        return QueriedSeries(labels, points: [QueriedPoint(element.timestamp, element.value)])
                    }
                    return QueriedSeries(labels, histograms: [QueriedHistogram(histogram, at: element.timestamp)])
                })
        case .matrix(let series): self = .matrix(series.map(QueriedSeries.init))
        }
    }
}

extension QueriedSeries {
    fileprivate init(_ series: MatrixSeries) {
        self.init(
            QueriedLabels(series.labels), points: series.samples.map { QueriedPoint($0.timestamp, $0.value) },
            histograms: zip(series.histogramTimestamps, series.histograms).map { QueriedHistogram($1, at: $0) })
    }
}

extension QueriedLabels {
    fileprivate init(_ labels: Labels) { self.init(labels.map { (name: $0.name, value: $0.value) }) }
}

extension QueriedHistogram {
    fileprivate init(_ histogram: Histogram, at time: Timestamp) {
        self.init(
            time: time, count: histogram.count, sum: histogram.sum,
            buckets: histogram.buckets.filter { $0.count != 0 }.map { bucket in
                let rule = (bucket.includesLower ? 1 : 0, bucket.includesUpper)
                return Bucket(
                    rule: rule.1 ? (rule.0 == 1 ? 3 : 0) : (rule.0 == 1 ? 1 : 2), lower: bucket.lower,
                    upper: bucket.upper, count: bucket.count)
            })
    }
}
