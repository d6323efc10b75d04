internal import Hummingbird
internal import KTSDBEngine
internal import KTSDBModel
internal import PromQL
internal import PrometheusWire

/// Answers which series exist, and with which labels.
package struct SeriesRoutes: Sendable {
    let state: ServerState

    func add(to group: RouterGroup<ServerRequestContext>) {
        group.route("series", [.get, .post], series)
        group.route("labels", [.get, .post], labelNames)
        group.route("label/{name}/values", [.get], labelValues)
    }

    private func series(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        let parameters = try await RequestParameters(request)
        let database = try state.ready.database
        if let problem = parameters.problem { throw APIError(.badData, "error parsing form values: \(problem)") }
        guard !parameters.all("match[]").isEmpty else { throw APIError(.badData, "no match[] parameter provided") }
        let limit = try parameters.limit()
        let range = try parameters.range()
        let (found, isCut) = try await state.read(context, failsOnDamage: parameters.failsOnDamage) { limits in
            let selectors: [[LabelMatcher]]
            do { selectors = try parameters.selectors(limits: limits) } catch let error as SelectorError {
                throw APIError.invalidParameter("match[]", error)
            }
            return try Self.series(selectors, in: range, of: database.readView(), limit: limit ?? .max, limits)
        }
        let warnings = state.warnings(found.limits) + (isCut ? [ListAnswer.truncated] : [])
        let list = ListAnswer(
            estimatedBytes: 128 + found.labels.count * (4 + (found.labels.first?.estimatedBytes ?? 0)),
            count: found.labels.count,
            opening: { json in
                json.beginSuccess()
                json.beginArray()
            },
            element: { index, json in json.labels(found.labels[index]) },
            closing: { json in
                json.endArray()
                json.endSuccess(warnings: warnings)
            })
        return list.response
    }

    /// Returns the union of the series that the selectors match, at most `limit` of them, and whether there are more.
    private static func series(
        _ selectors: [[LabelMatcher]], in range: ClosedRange<Timestamp>, of view: ReadView, limit: Int,
        _ limits: QueryLimits
    ) throws(ReadError) -> (HeldLabels, Bool) {
        var found = HeldLabels(limits)
        var known: Set<Labels> = []
        for matchers in selectors {
            let selected = try view.select(matchers, withSamplesIn: range, limits: limits)
            for position in 0..<selected.count {
                let labels = try selected.labels(at: position)
                guard selectors.count == 1 || known.insert(labels).inserted else { continue }
                guard found.labels.count < limit else { return (found, true) }
                try found.append(labels)
            }
        }
        return (found, false)
    }

    private func labelNames(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        let query = try LabelQuery(try await RequestParameters(request))
        let database = try state.ready.database
        let names = try await state.read(context, failsOnDamage: query.failsOnDamage) { limits in
            let names = try database.readView().labelNames(
                matching: query.selectors(limits), in: query.range, limit: query.oneMore, limits: limits)
            return try HeldTexts(names, limits)
        }
        return query.answer(names, state)
    }

    private func labelValues(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        let name = Self.labelName(context.parameters.get("name") ?? "")
        guard let name, !name.isEmpty else {
            throw APIError(.badData, "invalid label name: \(goQuoted(context.parameters.get("name") ?? ""))")
        }
        let query = try LabelQuery(try await RequestParameters(request))
        let database = try state.ready.database
        let values = try await state.read(context, failsOnDamage: query.failsOnDamage) { limits in
            let values = try database.readView().labelValues(
                of: name, matching: query.selectors(limits), in: query.range, limit: query.oneMore, limits: limits)
            return try HeldTexts(values, limits)
        }
        return query.answer(values, state)
    }

    /// Decodes a label's name from the component of a path: percent-encoded, and in a name that begins with `U__`,
    /// `_hex_` for a character outside the classic set and `__` for an underscore. Nil if it is not UTF-8.
    package static func labelName(_ component: String) -> String? {
        guard let bytes = PercentEncoding.decode(component.utf8, plusIsBlank: false),
            let name = String(validating: bytes, as: UTF8.self)
        else { return nil }
        guard name.hasPrefix("U__") else { return name }
        var result = ""
        var rest = name.dropFirst(3)
        while let character = rest.popFirst() {
            guard character == "_" else {
                result.append(character)
                continue
            }
            if rest.first == "_" {
                rest.removeFirst()
                result.append("_")
                continue
            }
            let digits = rest.prefix { $0 != "_" }
            // A name that is not a valid escape merely happens to begin like one.
            guard digits.count < rest.count, digits.count <= 6, let code = UInt32(digits, radix: 16),
                let scalar = Unicode.Scalar(code)
            else { return name }
            result.unicodeScalars.append(scalar)
            rest = rest.dropFirst(digits.count + 1)
        }
        return result
    }
}

/// The parameters of a request to a label endpoint.
private struct LabelQuery: Sendable {
    let range: ClosedRange<Timestamp>
    private let parameters: RequestParameters
    private let limit: Int?

    init(_ parameters: RequestParameters) throws {
        limit = try parameters.limit()
        range = try parameters.range()
        self.parameters = parameters
    }

    func selectors(_ limits: QueryLimits) throws -> [[LabelMatcher]] {
        do { return try parameters.selectors(limits: limits) } catch let error as SelectorError {
            throw APIError(.badData, "\(error)")
        }
    }

    /// One more than the limit, to find out whether there are more.
    var oneMore: Int? { limit.flatMap { $0 == .max ? nil : $0 + 1 } }

    var failsOnDamage: Bool? { parameters.failsOnDamage }

    func answer(_ found: HeldTexts, _ state: ServerState) -> Response {
        let isCut = found.texts.count > limit ?? .max
        let kept = isCut ? Array(found.texts.prefix(limit ?? .max)) : found.texts
        let warnings = state.warnings(found.limits) + (isCut ? [ListAnswer.truncated] : [])
        return ListAnswer.strings(kept, holding: found, warnings: warnings).response
    }
}
