public import KTSDBEngine
internal import KTSDBModel

extension RecordingBackfill {
    /// Stores in a database what the rule would have recorded, even in series that already have newer samples.
    /// - Throws: An error if the expression is invalid, `AppendError`, and what ``check`` throws.
    public func run(
        over range: ClosedRange<PreciseTime>, interval: Duration, in database: Database
    ) throws -> Report {
        try run(over: range, interval: interval, in: database.readView()) { steps in
            guard let last = steps.last else { return [:] }
            let summary = try database.appendPast(asOf: last.time) { batch in
                for step in steps { Self.append(step, to: &batch) }
            }
            return Dictionary(uniqueKeysWithValues: summary.rejections.map { ($0.key.rawValue, $0.value) })
        }
    }

    private static func append(_ step: RuleStep, to batch: inout Batch) {
        for sample in step.samples {
            if let histogram = sample.histogram {
                batch.append(histogram, at: step.time, to: sample.labels)
            } else {
                batch.append(sample.value, at: step.time, to: sample.labels)
            }
        }
        for labels in step.endedSeries { batch.append(.staleMarker, at: step.time, to: labels) }
    }
}
