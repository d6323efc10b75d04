internal import Hummingbird
internal import KTSDB
internal import KTSDBModel
internal import PromQL
internal import PrometheusWire

/// The exemplars of the series that an expression reads.
struct ExemplarRoute: Sendable {
    let state: ServerState

    func add(to group: RouterGroup<ServerRequestContext>) {
        group.route("query_exemplars", [.get, .post], parameters: exemplars)
    }

    private func exemplars(_ parameters: RequestParameters) async throws -> Response {
        let start = try parameters.time("start", default: .earliest), end = try parameters.time("end", default: .latest)
        guard end >= start else { throw APIError(.badData, "end timestamp must not be before start timestamp") }
        let selectors: [[LabelMatcher]]
        do throws(ParseErrors) {
            selectors = try parse(parameters["query"], options: state.engine.options.parser).selectors
        } catch {
            throw APIError(.badData, error.description)
        }
        // As Prometheus: an expression that reads no series is answered without content.
        guard !selectors.isEmpty else { return .noContent }
        let database = try state.ready.database
        let found = try await state.workers.run { () throws(ReadError) -> [SeriesExemplars] in
            try database.readView().exemplars(matching: selectors, in: start...end).filter { !$0.exemplars.isEmpty }
        }
        return .success { json in
            json.beginArray()
            for series in found { json.exemplars(of: series) }
            json.endArray()
        }
    }
}

extension JSONWriter {
    fileprivate mutating func exemplars(of series: SeriesExemplars) {
        beginObject()
        key("seriesLabels")
        labels(series.labels)
        key("exemplars")
        beginArray()
        for exemplar in series.exemplars {
            beginObject()
            key("labels")
            labels(exemplar.labels)
            key("value")
            sampleValue(exemplar.value)
            key("timestamp")
            time(exemplar.timestamp?.milliseconds ?? 0)
            endObject()
        }
        endArray()
        endObject()
    }
}

extension Expression {
    /// What each selector in the expression looks for, in the order of the text.
    var selectors: [[LabelMatcher]] {
        switch self {
        case .number, .string: []
        case .vectorSelector(let node): [node.matchers]
        case .matrixSelector(let node): [node.selector.matchers]
        case .subquery(let node): node.expression.selectors
        case .unary(let node): node.operand.selectors
        case .binary(let node): node.left.selectors + node.right.selectors
        case .aggregation(let node): node.operand.selectors + (node.parameter?.selectors ?? [])
        case .call(let node): node.arguments.flatMap(\.selectors)
        case .parentheses(let node): node.inner.selectors
        }
    }
}
