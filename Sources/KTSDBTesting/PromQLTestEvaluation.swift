import KTSDBModel
import PromQL

/// Runs the query of one `eval` in all its variants and compares the results with the expected one.
struct PromQLTestEvaluation {
    let engine: PromQLEngine
    let source: any SeriesSource
    let evaluation: PromQLTestScript.Evaluation

    func run() throws(PromQLTestFailure) {
        switch evaluation.time {
        case .range(let start, let end, let step):
            try check(ask(evaluation.query, from: start, to: end, step: step), variant: nil, checksAnnotations: true)
        case .instant(let time):
            try runInstant(evaluation.query, at: time, variant: nil)
            guard let pinned = pinnedQuery(at: time) else { return }
            let others = time == 0 ? [-1000, 0, 1000] : [-10 * time, 0, time / 5, time, 10 * time]
            for other in others { try runInstant(pinned, at: other, variant: "\(pinned) at \(milliseconds: other)") }
        }
    }

    private func runInstant(_ query: String, at time: Int64, variant: String?) throws(PromQLTestFailure) {
        let result = ask(query, at: time)
        try check(result, variant: variant, checksAnnotations: true)
        guard evaluation.failure == nil, evaluation.rangeVector == nil, case .success(let answer) = result else {
            return
        }
        if case .string = answer.value { return }
        // These functions depend on the range, so their values differ there.
        if ["start()", "end()", "range()", "step()"].contains(where: query.contains) { return }
        let range = ask(query, from: time - 60_000, to: time + 60_000, step: 60_000)
        let rangeVariant = "\(query) as a range query around \(milliseconds: time)"
        try check(
            middle(of: range, at: time, like: answer.value), variant: rangeVariant, checksAnnotations: false)
    }

    // MARK: Running queries

    private func ask(_ query: String, at time: Int64) -> Result<QueryResult, QueryError> {
        Result { () throws(QueryError) in
            try engine.evaluate(
                try engine.expression(query), text: query, at: Timestamp(milliseconds: time), in: source)
        }
    }

    private func ask(_ query: String, from start: Int64, to end: Int64, step: Int64) -> Result<QueryResult, QueryError>
    {
        Result { () throws(QueryError) in
            try engine.evaluate(
                try engine.expression(query), text: query,
                over: Timestamp(milliseconds: start)...Timestamp(milliseconds: end), step: .milliseconds(step),
                in: source)
        }
    }

    /// Returns the part of a matrix at one time, as the result of an instant query whose result was `original`.
    private func middle(
        of range: Result<QueryResult, QueryError>, at time: Int64, like original: QueryValue
    ) -> Result<QueryResult, QueryError> {
        range.map { result in
            guard case .matrix(let matrix) = result.value else { return result }
            var result = result
            let elements = matrix.compactMap { series in
                let at = Timestamp(milliseconds: time)
                if let index = series.histogramTimestamps.firstIndex(of: at) {
                    return VectorElement(labels: series.labels, timestamp: at, histogram: series.histograms[index])
                }
                return series.timestamps.firstIndex(of: at).map {
                    VectorElement(labels: series.labels, timestamp: at, value: series.values[$0])
                }
            }
            result.value = .vector(elements)
            if case .scalar = original, let only = elements.first {
                result.value = .scalar(Sample(timestamp: only.timestamp, value: only.value))
            }
            return result
        }
    }

    /// Returns the query with every selector and subquery pinned to a time; nil if its value depends on the evaluation
    /// time.
    private func pinnedQuery(at time: Int64) -> String? {
        guard var expression = try? parse(evaluation.query, options: engine.options.parser) else { return nil }
        guard expression.pin(to: .timestamp(Timestamp(milliseconds: time))) else { return nil }
        return expression.description
    }

    // MARK: Comparing

    private func check(
        _ result: Result<QueryResult, QueryError>, variant: String?, checksAnnotations: Bool
    ) throws(PromQLTestFailure) {
        func fail(_ expected: String, _ found: String) -> PromQLTestFailure {
            PromQLTestFailure(variant: variant, expected: expected, found: found)
        }
        switch (result, evaluation.failure) {
        case (.failure(let error), nil):
            throw fail(evaluation.expectedText, "error: \(error)")
        case (.failure(let error), let pattern?):
            if !pattern.matches(error.description) { throw fail("error \(pattern.description)", "error: \(error)") }
        case (.success(let answer), let pattern?):
            throw fail("error \(pattern.description)", answer.value.testText)
        case (.success(let answer), nil):
            if checksAnnotations {
                if let (expected, found) = annotationDifference(answer) { throw fail(expected, found) }
            }
            // The results of a range query are in the order of their labels, whatever the query says.
            let isOrdered = evaluation.isOrdered && checksAnnotations
            if let difference = evaluation.difference(to: answer.value, isOrdered: isOrdered) {
                throw fail(evaluation.expectedText, answer.value.testText + " (\(difference))")
            }
        }
    }

    private func annotationDifference(_ answer: QueryResult) -> (expected: String, found: String)? {
        let levels = [
            (
                "warning", answer.warnings, evaluation.warnings, evaluation.needsWarning, evaluation.forbidsWarnings
            ),
            ("info", answer.infos, evaluation.infos, evaluation.needsInfo, evaluation.forbidsInfos),
        ]
        for (level, texts, patterns, isNeeded, isForbidden) in levels {
            let found = texts.isEmpty ? "no \(level)" : "\(level): " + texts.joined(separator: "; ")
            if isForbidden, !texts.isEmpty { return ("no \(level)", found) }
            if isNeeded, texts.isEmpty { return ("a \(level)", found) }
            for pattern in patterns where !texts.contains(where: pattern.matches) {
                return ("\(level) \(pattern.description)", found)
            }
            if !patterns.isEmpty, !texts.allSatisfy({ text in patterns.contains { $0.matches(text) } }) {
                return ("no other \(level) than " + patterns.map(\.description).joined(separator: ", "), found)
            }
        }
        return nil
    }
}

extension DefaultStringInterpolation {
    /// Appends a time of a script, in seconds.
    fileprivate mutating func appendInterpolation(milliseconds: Int64) {
        appendInterpolation(Double(milliseconds) / 1000)
        appendLiteral(" s")
    }
}

extension Expression {
    /// Functions whose value depends on the evaluation time, even on pinned data.
    private static let timely: Set<String> = [
        "day_of_month", "day_of_week", "day_of_year", "days_in_month", "hour", "minute", "month", "year", "time",
        "timestamp", "predict_linear", "start", "end", "range", "step",
    ]

    /// Pins every selector and subquery that is not pinned, except those inside a pinned subquery.
    /// - Returns: False if a function outside of subqueries depends on the time.
    mutating func pin(to time: AtModifier) -> Bool {
        func pinned(_ at: AtModifier?) -> AtModifier {
            if case .timestamp? = at { return at! }
            return time
        }
        switch self {
        case .number, .string: return true
        case .vectorSelector(var node):
            node.at = pinned(node.at)
            self = .vectorSelector(node)
            return true
        case .matrixSelector(var node):
            node.selector.at = pinned(node.selector.at)
            self = .matrixSelector(node)
            return true
        case .subquery(var node):
            node.at = pinned(node.at)
            self = .subquery(node)
            return true
        case .unary(var node):
            defer { self = .unary(node) }
            return node.operand.pin(to: time)
        case .parentheses(var node):
            defer { self = .parentheses(node) }
            return node.inner.pin(to: time)
        case .binary(let node):
            let chain = node.chain
            var operand = chain.first, isPinned = operand.pin(to: time)
            for var node in chain.operators {
                node.left = operand
                isPinned = node.right.pin(to: time) && isPinned
                operand = .binary(node)
            }
            self = operand
            return isPinned
        case .aggregation(var node):
            defer { self = .aggregation(node) }
            let parameter = node.parameter?.pin(to: time) ?? true
            return node.operand.pin(to: time) && parameter
        case .call(var node):
            defer { self = .call(node) }
            if Self.timely.contains(node.function.name) { return false }
            for index in node.arguments.indices where !node.arguments[index].pin(to: time) { return false }
            return true
        }
    }
}
