internal import Hummingbird
internal import KTSDBEngine
internal import KTSDBModel
internal import PromQL
internal import PrometheusWire

/// The exemplars of the series that an expression reads.
struct ExemplarRoute: Sendable {
    let state: ServerState

    func add(to group: RouterGroup<ServerRequestContext>) {
        group.route("query_exemplars", [.get, .post], exemplars)
    }

    private func exemplars(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        let parameters = try await RequestParameters(request)
        let start = try parameters.time("start", default: .earliest), end = try parameters.time("end", default: .latest)
        guard end >= start else { throw APIError(.badData, "end timestamp must not be before start timestamp") }
        let database = try state.ready.database
        let found = try await state.read(context, failsOnDamage: parameters.failsOnDamage) {
            [state] limits -> (HeldExemplars)? in
            let selectors: [[LabelMatcher]]
            let text = parameters["query"]
            do throws(QueryError) {
                selectors = try state.engine.prepare(text, limits: limits).expression.selectors
            } catch {
                guard case .parse(let errors) = error else { throw error }
                throw APIError(.badData, errors.description)
            }
            guard !selectors.isEmpty else { return nil }
            let found = try database.readView().exemplars(matching: selectors, in: start...end, limits: limits)
            return try HeldExemplars(found.filter { !$0.exemplars.isEmpty }, limits)
        }
        // As in Prometheus: an expression that reads no series is answered without content.
        guard let found else { return .noContent }
        return await state.answer(warnings: state.warnings(found.limits)) { json in
            json.array(found.series) { $0.exemplars(of: $1) }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func exemplars(of series: SeriesExemplars) {
        object { json in
            json.member("seriesLabels", series.labels)
            json.array("exemplars", series.exemplars) { json, exemplar in
                json.object {
                    $0.member("labels", exemplar.labels)
                    $0.key("value")
                    $0.sampleValue(exemplar.value)
                    $0.key("timestamp")
                    $0.time(exemplar.timestamp?.milliseconds ?? 0)
                }
            }
        }
    }
}

/// Exemplars, together with the memory reserved for them.
private struct HeldExemplars: Sendable {
    let series: [SeriesExemplars]
    private let reservation: ReadReservation
    let limits: QueryLimits

    init(_ series: [SeriesExemplars], _ limits: QueryLimits) throws(ReadError) {
        self.series = series
        self.limits = limits
        reservation = ReadReservation(limits)
        for entry in series {
            try reservation.grow(
                bytes: entry.exemplars.reduce(entry.labels.stringForm.count + 64) {
                    $0 + 2 * $1.labels.stringForm.count + 256
                })
        }
    }
}

extension Expression {
    /// The matchers of each selector in the expression, in the order of the text, duplicates removed.
    var selectors: [[LabelMatcher]] {
        var found: [[LabelMatcher]] = [], known: Set<[LabelMatcher]> = []
        forEachSelector { if known.insert($0).inserted { found.append($0) } }
        return found
    }

    private func forEachSelector(_ body: ([LabelMatcher]) -> Void) {
        switch self {
        case .number, .string: break
        case .vectorSelector(let node): body(node.matchers)
        case .matrixSelector(let node): body(node.selector.matchers)
        case .subquery(let node): node.expression.forEachSelector(body)
        case .unary(let node): node.operand.forEachSelector(body)
        case .binary(let node):
            node.chain.first.forEachSelector(body)
            for node in node.chain.operators { node.right.forEachSelector(body) }
        case .aggregation(let node):
            node.operand.forEachSelector(body)
            node.parameter?.forEachSelector(body)
        case .call(let node): for argument in node.arguments { argument.forEachSelector(body) }
        case .parentheses(let node): node.inner.forEachSelector(body)
        }
    }
}
