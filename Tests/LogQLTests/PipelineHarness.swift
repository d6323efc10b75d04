import KTSDBModel

@testable import LogQL

/// One line through the stages of a query.
struct PipelineHarness {
    var stream: Labels = ["app": "a"]
    var metadata = Labels()
    /// 2024-01-15T09:00:00.123456789Z
    var time: Int64 = 1_705_309_200_123_456_789
    var needs = LabelNeeds.all

    /// What is left of the line after the stages; nil if a filter removed it.
    func process(_ stages: String, _ line: [UInt8], unwrap: Unwrap? = nil) throws -> ProcessedLine? {
        guard case .lines(let query) = try LogQLExpression(parsing: #"{app="a"} "# + stages) else { return nil }
        var pipeline = try LinePipeline(stages: query.stages, unwrap: unwrap, needs: needs)
        let entry = LogLine(stream: stream, time: time, line: line, metadata: metadata)
        let first = pipeline.process(entry)
        // Nothing of a line remains for the next one.
        let second = pipeline.process(entry)
        precondition(first?.line == second?.line && first?.parsed == second?.parsed)
        return second
    }

    /// See the other `process`.
    func process(_ stages: String, _ line: String, unwrap: Unwrap? = nil) throws -> ProcessedLine? {
        try process(stages, Array(line.utf8), unwrap: unwrap)
    }

    /// The text of the line after the stages.
    func line(_ stages: String, _ line: String) throws -> String? {
        try process(stages, line).map { String(decoding: $0.line, as: UTF8.self) }
    }

    /// Whether the line passes.
    func passes(_ stages: String, _ line: String) throws -> Bool { try process(stages, line) != nil }

    /// All labels that stages have set.
    func parsed(_ stages: String, _ line: String) throws -> [String: String]? {
        try process(stages, line)?.parsedLabels
    }
}

extension ProcessedLine {
    /// The labels that stages have set, with empty ones.
    var parsedLabels: [String: String] {
        var result = Dictionary(uniqueKeysWithValues: parsed.map { ($0.name, $0.value) })
        for name in emptyLabels { result[name] = "" }
        return result
    }
}
