internal import GoTemplate
internal import KTSDBEngine
internal import KTSDBModel
internal import PromQL

/// One test while it runs.
struct RuleTestRun {
    private let test: RuleTest
    private let interval: Duration
    private let comparesFuzzily: Bool
    private let storage: DatabaseRuleStorage
    private let evaluators: [GroupEvaluator]
    private let language: PromQLRuleLanguage
    /// The points of the input series that are not stored yet, latest first: the next one is at the end.
    private var waiting: [(time: Timestamp, series: Int, point: SeriesDescription.Point)]
    private let labels: [Labels]
    private let showsDifferences: Bool
    private var traced: [TracedRule] = []
    private(set) var failures: [String] = []

    init(_ test: RuleTest, _ file: RuleTestFile, _ groups: [RuleGroup], _ runner: RuleTestRunner) throws {
        self.test = test
        interval = max(file.evaluationInterval, .milliseconds(1))
        comparesFuzzily = file.comparesFuzzily
        showsDifferences = runner.showsDifferences
        var engineOptions = runner.engineOptions, options = RuleOptions()
        engineOptions.defaultSubqueryStep = interval
        language = PromQLRuleLanguage(PromQLEngine(engineOptions))
        options.language = language
        options.templates = GoRuleTemplates()
        options.environment = RuleTemplateEnvironment(
            externalLabels: test.externalLabels, externalURL: test.externalURL)
        (labels, waiting) = try Self.points(of: test, interval: test.interval ?? interval)
        let storage = DatabaseRuleStorage(Self.database())
        self.storage = storage
        evaluators = try groups.map { group in
            GroupEvaluator(
                try PreparedGroup(group, options.language), storage: storage, options: options,
                wallClock: { PreciseTime(nanoseconds: 0) })
        }
        if runner.tracesRules { traced = tracedRules() }
    }

    /// Returns the rules whose alerts the test checks.
    private func tracedRules() -> [TracedRule] {
        let names = Set(test.alertTests.map(\.alertName))
        return evaluators.enumerated().flatMap { group, evaluator in
            evaluator.group.rules.enumerated().compactMap { index, rule in
                guard let alerting = rule.alerting, names.contains(alerting.name) else { return nil }
                return TracedRule(alerting, in: evaluator.group, place: (group, index), language)
            }
        }
    }

    /// The traces of those rules; empty unless the runner traces rules.
    var traces: [RuleTestTrace] { traced.map(\.trace) }

    /// The most points of the input series of one test, so that a mistyped repetition does not fill the memory.
    private static let pointLimit = 20_000_000

    private static func database() -> Database {
        var configuration = Database.Configuration()
        configuration.runsMaintenance = false
        return .inMemory(configuration)
    }

    private static func points(
        of test: RuleTest, interval: Duration
    ) throws -> ([Labels], [(time: Timestamp, series: Int, point: SeriesDescription.Point)]) {
        var labels: [Labels] = [], points: [(time: Timestamp, series: Int, point: SeriesDescription.Point)] = []
        for input in test.inputSeries {
            let series = try description(of: input)
            guard points.count + series.points.count <= pointLimit else {
                throw SeriesSyntaxError("the test has more than \(pointLimit) points")
            }
            for (index, point) in series.points.enumerated() {
                if case .absent = point { continue }
                points.append(((test.start + interval * index).timestamp, labels.count, point))
            }
            labels.append(series.labels)
        }
        points.sort { ($0.time, $0.series) > ($1.time, $1.series) }
        return (labels, points)
    }

    /// Parses an input series. If its labels are invalid, the error is that of the PromQL parser, as in promtool.
    private static func description(of input: RuleTest.InputSeries) throws -> SeriesDescription {
        let line = input.series + " " + input.values
        do { return try SeriesDescription(line: line) } catch {
            guard (try? SeriesDescription.labels(input.series)) == nil else { throw error }
            _ = try PromQLEngine().prepare(line)
            throw error
        }
    }

    // MARK: Evaluations

    /// The latest time of a check, from the start of the test.
    private var end: Duration { (test.alertTests.map(\.time) + test.expressionTests.map(\.time)).max() ?? .zero }

    /// How many times the groups are evaluated.
    var evaluationCount: Int { Int(max(0, end.nanoseconds) / interval.nanoseconds) + 1 }

    /// Evaluates all groups step by step, and compares alerts at the times of their tests.
    /// - Returns: Why the test cannot be continued; nil if it can.
    mutating func evaluate() -> [String]? {
        for test in test.alertTests where test.alertName.isEmpty {
            let place = self.test.name.isEmpty ? "" : " (in TestGroup \(self.test.name))"
            return [
                "an item under alert_rule_test misses required attribute alertname at eval_time "
                    + durationText(test.time) + place
            ]
        }
        var pending = test.alertTests.enumerated().sorted {
            ($0.element.time, $0.offset) < ($1.element.time, $1.offset)
        }
        .map(\.element)[...]
        for step in 0..<evaluationCount {
            let offset = interval * step, time = test.start + offset
            load(until: time.timestamp)
            let errors = evaluate(at: time)
            trace(time, offset)
            guard errors.isEmpty else { return failures + errors }
            while let next = pending.first, next.time < offset + interval {
                pending.removeFirst()
                if next.time >= offset { compare(next) }
            }
        }
        return nil
    }

    private mutating func load(until time: Timestamp) {
        var due: [(time: Timestamp, series: Int, point: SeriesDescription.Point)] = []
        while let next = waiting.last, next.time <= time { due.append(waiting.removeLast()) }
        guard !due.isEmpty else { return }
        let labels = labels
        // An append to a database in memory does not fail.
        _ = try? storage.database.append { batch in
            for sample in due {
                switch sample.point {
                case .absent: break
                case .float(let value): batch.append(value, at: sample.time, to: labels[sample.series])
                case .histogram(let histogram, _):
                    batch.append(histogram, at: sample.time, to: labels[sample.series])
                }
            }
        }
    }

    private mutating func trace(_ time: PreciseTime, _ offset: Duration) {
        guard !traced.isEmpty else { return }
        let view = storage.view(), states = evaluators.map(\.state.ruleStates)
        for index in traced.indices {
            let place = traced[index].place
            traced[index].add(
                states[place.group][place.rule], at: time, offset: offset, start: test.start, in: view)
        }
    }

    private func evaluate(at time: PreciseTime) -> [String] {
        var errors: [String] = []
        for evaluator in evaluators {
            evaluator.evaluate(at: time)
            for (rule, state) in zip(evaluator.group.rules, evaluator.state.ruleStates) {
                guard let error = state.health.error else { continue }
                let elapsed = GoDuration.text((time - PreciseTime(nanoseconds: 0)).nanoseconds)
                errors.append("    rule: \(rule.name), time: \(elapsed), err: \(error)")
            }
        }
        return errors
    }

    // MARK: Alerts

    private mutating func compare(_ test: RuleTest.AlertTest) {
        let found = evaluators.flatMap { evaluator in
            zip(evaluator.group.rules, evaluator.state.ruleStates).filter { rule, _ in
                rule.alerting?.name == test.alertName
            }.flatMap { $1.alerts.values.filter { $0.state == .firing } }
        }.map { ComparedAlert(labels: $0.labels, annotations: $0.annotations) }.sorted()
        let expected = test.alerts.map { alert in
            var labels = LabelsBuilder()
            for label in alert.labels { labels.set(label.name, label.text) }
            labels.set(AlertSeries.nameLabel, test.alertName)
            return ComparedAlert(labels: (try? labels.build()) ?? Labels(), annotations: alert.annotations)
        }.sorted()
        guard found != expected else { return }
        let name = self.test.name.isEmpty ? "" : "    name: \(self.test.name),\n"
        let head = "\(name)    alertname: \(test.alertName), time: \(durationText(test.time)), \n        "
        if showsDifferences {
            let text = AlertDifference.text(expected: expected, found: found)
            failures.append(head + "diff: " + text.replacing("\n", with: "\n            "))
        } else {
            let texts = [expected, found].map(ComparedAlert.text)
            failures.append(head + "exp:\(texts[0]), \n        got:\(texts[1])")
        }
    }

    // MARK: Series

    /// Returns all series up to the latest time of a check, rounded up to the next whole second.
    func dump() -> RuleTestDump {
        let seconds = max(0, end.nanoseconds) / 1_000_000_000 + 1
        var dump = RuleTestDump(time: .seconds(seconds), text: "")
        let text = #"{__name__=~".+"}[\#(durationText(dump.time))]"#
        do {
            let engine = PromQLEngine(), query = try engine.prepare(text)
            let result = try engine.evaluate(
                query.expression, text: text, at: (test.start + dump.time).timestamp, in: storage.view())
            guard case .matrix(let series) = result.value else { return dump }
            dump.text = series.map { SeriesText.text($0) }.joined(separator: "\n")
        } catch {
            dump.error = "\(error)"
        }
        return dump
    }

    // MARK: Expressions

    /// Evaluates the expressions, and returns a text for each result that differs from the expected one or fails.
    func expressionFailures() -> [String] {
        test.expressionTests.compactMap { test in
            let head = "    expr: \(goQuoted(test.expression)), time: \(durationText(test.time)),"
            do {
                let time = (self.test.start + test.time).timestamp
                let found = try language.prepare(test.expression).evaluate(at: time, in: storage.view())
                    .map { ComparedSample(labels: $0.labels, value: $0.value, histogram: $0.histogram) }.sorted()
                let expected = try test.samples.map(expectation).sorted()
                guard !ComparedSample.areEqual(expected, found, fuzzily: comparesFuzzily) else { return nil }
                return
                    "\(head)\n        exp: \(ComparedSample.text(expected))\n        got: \(ComparedSample.text(found))"
            } catch { return "\(head) err: \(error)" }
        }
    }

    private func expectation(_ sample: RuleTest.ExpectedSample) throws(ExpectationError) -> ComparedSample {
        do {
            let labels = try SeriesDescription.labels(sample.labels)
            guard !sample.histogram.isEmpty else { return ComparedSample(labels: labels, value: sample.value) }
            let points = try SeriesDescription(line: "{} " + sample.histogram).points
            guard points.count == 1 else { throw SeriesSyntaxError("expected 1 value, got \(points.count)") }
            guard case .histogram(let histogram, _) = points[0] else { throw SeriesSyntaxError("expected histogram") }
            return ComparedSample(labels: labels, value: 0, histogram: histogram)
        } catch {
            throw ExpectationError(labels: sample.labels, reason: reason(error, for: sample.labels))
        }
    }

    /// Returns the error of the PromQL parser for invalid labels; `error` if the parser accepts them.
    private func reason(_ error: any Error, for labels: String) -> String {
        do throws(QueryError) {
            _ = try PromQLEngine().prepare(labels)
            return (error as? SeriesSyntaxError)?.parseError ?? "\(error)"
        } catch { return error.description }
    }
}

/// Why an expected sample cannot be compared.
private struct ExpectationError: Error, CustomStringConvertible {
    var labels: String
    var reason: String
    var description: String { "labels \(goQuoted(labels)): \(reason)" }
}

/// A duration as Prometheus writes it: `1h30m`.
private func durationText(_ duration: Duration) -> String { PromQL.durationText(milliseconds: duration.milliseconds) }
