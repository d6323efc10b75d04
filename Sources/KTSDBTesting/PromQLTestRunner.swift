import KTSDBModel
public import PromQL

/// What a case of a script needs beyond floats and the stable language.
public enum PromQLTestFeature: String, Hashable, Sendable, CaseIterable {
    /// Histogram samples, stored or expected.
    case nativeHistograms = "native histograms"
    /// Start timestamps stored with samples.
    case startTimestamps = "start timestamps"
}

/// What came of one `eval` of a script.
public struct PromQLTestCase: Sendable {
    /// The line of the command, from 1.
    public var line: Int
    /// The query's text.
    public var query: String
    /// What the case needs; a failure that comes from a feature not built yet is told by this.
    public var needs: Set<PromQLTestFeature>
    /// nil when the case passed.
    public var failure: PromQLTestFailure?
}

/// How a result differs from what was expected.
public struct PromQLTestFailure: Error, Hashable, Sendable {
    /// The query as it was asked, if that is not the text of the script: as a range query, or pinned with `@`.
    public var variant: String?
    /// What was expected.
    public var expected: String
    /// What came.
    public var found: String
}

/// Runs PromQL test scripts on a storage.
///
/// Besides what a script says, every instant query is also asked as a range query around its time, and pinned to its
/// time with `@` and then asked at others: the answers must be the same.
public struct PromQLTestRunner: Sendable {
    /// The engine that answers.
    public let engine: PromQLEngine

    /// Creates a runner whose engine has all experimental features on, as the scripts of Prometheus expect it.
    public init(engine: PromQLEngine = PromQLEngine(Self.options)) { self.engine = engine }

    /// The settings of the engine that Prometheus runs its scripts with.
    public static var options: EngineOptions {
        var options = EngineOptions()
        options.parser = .everything
        options.maximumSamples = 10_000
        options.delayedNameRemoval = true
        return options
    }

    /// Runs a script from an empty storage.
    /// - Throws: when the storage refuses data.
    public func run(
        _ script: PromQLTestScript, on storage: inout some PromQLTestStorage
    ) throws(PromQLTestScriptError) -> [PromQLTestCase] {
        var cases: [PromQLTestCase] = []
        var beyondFloats = SeriesBeyondFloats()
        var line = 1
        do {
            try storage.removeAll()
            for command in script.commands {
                switch command {
                case .clear:
                    try storage.removeAll()
                    beyondFloats = SeriesBeyondFloats()
                case .load(let load):
                    line = load.line
                    try append(load, to: &storage)
                    beyondFloats.add(load)
                case .evaluate(let evaluation):
                    line = evaluation.line
                    let source = try storage.source
                    cases.append(run(evaluation, on: source, needs: beyondFloats.needs(of: evaluation)))
                }
            }
        } catch {
            throw PromQLTestScriptError(line: line, message: "\(error)")
        }
        return cases
    }

    private func append(_ load: PromQLTestScript.Load, to storage: inout some PromQLTestStorage) throws {
        for series in load.series {
            var samples: [Sample] = []
            for (index, point) in series.points.enumerated() {
                guard case .float(let value) = point else { continue }
                samples.append(Sample(timestamp: Timestamp(milliseconds: Int64(index) * load.step), value: value))
            }
            if !samples.isEmpty { try storage.append(samples, to: series.labels) }
        }
    }

    private func run(
        _ evaluation: PromQLTestScript.Evaluation, on source: any SeriesSource, needs: Set<PromQLTestFeature>
    ) -> PromQLTestCase {
        var result = PromQLTestCase(line: evaluation.line, query: evaluation.query, needs: needs)
        do throws(PromQLTestFailure) {
            // Without the histograms the answer would be about other data: right answers would be right by chance.
            if needs.contains(.nativeHistograms) {
                throw PromQLTestFailure(
                    expected: evaluation.expectedText, found: "native histograms cannot be stored yet")
            }
            try PromQLTestEvaluation(engine: engine, source: source, evaluation: evaluation).run()
        } catch {
            result.failure = error
        }
        return result
    }
}

/// Which of the series loaded have more than floats.
private struct SeriesBeyondFloats {
    private var histograms: Set<Labels> = []
    private var withStarts: Set<Labels> = []

    mutating func add(_ load: PromQLTestScript.Load) {
        for series in load.series {
            if series.points.contains(where: { if case .histogram = $0 { true } else { false } }) {
                histograms.insert(series.labels)
            }
            if !series.startOffsets.isEmpty { withStarts.insert(series.labels) }
            if load.convertsClassicHistograms, let converted = series.labels.classicHistogram {
                histograms.insert(converted)
            }
        }
    }

    /// What the case needs, by what its selectors match and by what it expects.
    func needs(of evaluation: PromQLTestScript.Evaluation) -> Set<PromQLTestFeature> {
        var needs: Set<PromQLTestFeature> = []
        if case .series(let series) = evaluation.expected {
            let points = series.lazy.flatMap(\.points)
            if points.contains(where: { if case .histogram = $0 { true } else { false } }) {
                needs.insert(.nativeHistograms)
            }
        }
        guard let expression = try? parse(evaluation.query, options: .everything) else { return needs }
        for matchers in expression.allMatchers {
            func selects(_ labels: Labels) -> Bool { matchers.allSatisfy { $0.matches(labels) } }
            if histograms.contains(where: selects) { needs.insert(.nativeHistograms) }
            if withStarts.contains(where: selects) { needs.insert(.startTimestamps) }
        }
        return needs
    }
}

extension Labels {
    /// The series that a part of a classic histogram is converted to, or nil if this is no such part.
    var classicHistogram: Labels? {
        guard let name = metricName else { return nil }
        for suffix in ["_bucket", "_count", "_sum"] where name.hasSuffix(suffix) {
            if suffix == "_bucket" {
                guard let bound = self["le"].flatMap(Double.init), !bound.isNaN else { return nil }
            }
            return removing(["le"]).setting("__name__", to: String(name.dropLast(suffix.count)))
        }
        return nil
    }
}

extension Expression {
    /// The matchers of all selectors.
    var allMatchers: [[LabelMatcher]] {
        switch self {
        case .number, .string: []
        case .vectorSelector(let node): [node.matchers]
        case .matrixSelector(let node): [node.selector.matchers]
        case .subquery(let node): node.expression.allMatchers
        case .unary(let node): node.operand.allMatchers
        case .parentheses(let node): node.inner.allMatchers
        case .binary(let node): node.left.allMatchers + node.right.allMatchers
        case .aggregation(let node): (node.parameter?.allMatchers ?? []) + node.operand.allMatchers
        case .call(let node): node.arguments.flatMap(\.allMatchers)
        }
    }
}
