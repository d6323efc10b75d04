import KTSDBModel
public import PromQL

/// The result of one `eval` in a script.
public struct PromQLTestCase: Sendable {
    /// The line of the command, from 1.
    public var line: Int
    /// The query's text.
    public var query: String
    /// The failure; nil if the case passed.
    public var failure: PromQLTestFailure?
}

/// How a result differs from the expected one.
public struct PromQLTestFailure: Error, Hashable, Sendable {
    /// The query that was run, if it is not the text in the script: as a range query, or pinned with `@`.
    public var variant: String?
    /// The expected result.
    public var expected: String
    /// The actual result.
    public var found: String
}

/// Runs PromQL test scripts on a storage.
///
/// Besides what a script says, every instant query is also run as a range query around its time, and pinned to its time
/// with `@` and then run at other times: the results must be the same.
public struct PromQLTestRunner: Sendable {
    /// The engine that evaluates the queries.
    public let engine: PromQLEngine

    /// Creates a runner whose engine has all experimental features on, as Prometheus' scripts expect.
    public init(engine: PromQLEngine = PromQLEngine(Self.options)) { self.engine = engine }

    /// The settings of the engine with which Prometheus runs its scripts.
    public static var options: EngineOptions {
        var options = EngineOptions()
        options.parser = .everything
        options.maximumSamples = 10_000
        options.delayedNameRemoval = true
        options.usesStartTimestamps = true
        return options
    }

    /// Runs a script, starting with an empty storage.
    /// - Throws: An error if the storage refuses data.
    public func run(
        _ script: PromQLTestScript, on storage: inout some PromQLTestStorage
    ) throws(PromQLTestScriptError) -> [PromQLTestCase] {
        var cases: [PromQLTestCase] = []
        var line = 1
        do {
            try storage.removeAll()
            for command in script.commands {
                switch command {
                case .clear: try storage.removeAll()
                case .load(let load):
                    line = load.line
                    try append(load, to: &storage)
                case .evaluate(let evaluation):
                    line = evaluation.line
                    cases.append(run(evaluation, on: try storage.source))
                }
            }
        } catch {
            throw PromQLTestScriptError(line: line, message: "\(error)")
        }
        return cases
    }

    private func append(_ load: PromQLTestScript.Load, to storage: inout some PromQLTestStorage) throws {
        var conversion = ClassicConversion()
        for series in load.series {
            var samples: [Sample] = [], histograms: [TimedHistogram] = [], starts: [Timestamp: Int64] = [:]
            for (index, point) in series.points.enumerated() {
                let time = Timestamp(milliseconds: Int64(index) * load.step)
                switch point {
                case .absent: continue
                case .float(let value): samples.append(Sample(timestamp: time, value: value))
                case .histogram(let histogram, _):
                    histograms.append(TimedHistogram(timestamp: time, histogram: histogram))
                }
                guard !series.startOffsets.isEmpty, let offset = series.startOffsets[index] else { continue }
                starts[time] = time.milliseconds + offset
            }
            if !samples.isEmpty { try storage.append(samples, to: series.labels) }
            if !histograms.isEmpty { try storage.append(histograms, to: series.labels) }
            if !starts.isEmpty { try storage.setStartTimes(starts, of: series.labels) }
            if load.convertsClassicHistograms { conversion.add(series, step: load.step) }
        }
        for (labels, histograms) in try conversion.histograms() { try storage.append(histograms, to: labels) }
    }

    private func run(_ evaluation: PromQLTestScript.Evaluation, on source: any SeriesSource) -> PromQLTestCase {
        var result = PromQLTestCase(line: evaluation.line, query: evaluation.query)
        do throws(PromQLTestFailure) {
            try PromQLTestEvaluation(engine: engine, source: source, evaluation: evaluation).run()
        } catch {
            result.failure = error
        }
        return result
    }
}
