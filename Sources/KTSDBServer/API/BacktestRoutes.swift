internal import HTTPTypes
internal import Hummingbird
internal import KTSDBEngine
internal import KTSDBModel
internal import KTSDBRules
internal import PromQL
internal import PrometheusWire

/// Says when rules would have fired over what is stored.
struct BacktestRoutes: Sendable {
    let state: ServerState

    /// How many combinations of `for` and thresholds are compared.
    private static let variantLimit = 16
    /// How many runs of alerts are in the answer for each.
    private static let runLimit = 10_000

    func add(to group: RouterGroup<ServerRequestContext>) { group.route("rules/backtest", [.get, .post], backtest) }

    /// Tries a rule that is evaluated here, named by `rule`, `group` and `file`, or the expression `query`, from
    /// `start` to `end`; each `for` with each `threshold`, which may be repeated.
    private func backtest(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        let parts = try state.ready, groups = await parts.rules.evaluators
        let parameters = try await RequestParameters(request)
        let comparison = try await state.readRules(context) { options, limits in
            let asked = try AskedBacktest(parameters, groups)
            let variants = try Self.variants(parameters)
            var test = RuleBacktest(asked.rule, options: options)
            test.options.queryOffset = asked.queryOffset ?? options.queryOffset
            test.limit = asked.limit
            test.runLimit = Self.runLimit
            test.check = { try limits.check() }
            do {
                let reports = try test.compare(
                    variants, over: asked.range, interval: asked.interval, in: parts.database.readView())
                return BacktestComparison(rule: asked.rule, variants: variants, reports: reports)
            } catch let error as RuleError {
                try limits.check()
                throw APIError(.execution, error.description)
            }
        }
        if request.headers[.accept]?.hasPrefix("text/plain") ?? false { return .text(comparison.description) }
        return await state.answer { $0.comparison(comparison) }
    }

    private static func variants(_ parameters: RequestParameters) throws -> [BacktestVariant] {
        let holds = try parameters.all("for").map { text throws(APIError) in
            do throws(ParameterError) { return try APIParameter.duration(text) } catch {
                throw .invalidParameter("for", error)
            }
        }
        let thresholds = try parameters.all("threshold").map { text throws(APIError) in
            guard let number = Double(text) else {
                throw .invalidParameter("threshold", "\(goQuoted(text)) is not a number")
            }
            return number
        }
        let variants = BacktestVariant.combinations(for: holds, thresholds: thresholds)
        guard variants.count <= variantLimit else {
            throw APIError(
                .badData, "\(variants.count) combinations of for and threshold; at most \(variantLimit) are compared")
        }
        return variants
    }
}

/// The rule and the time that a request for a back-test names.
private struct AskedBacktest {
    var rule: AlertingRule
    var interval: Duration
    var limit = 0
    var queryOffset: Duration?
    var range: ClosedRange<PreciseTime>

    init(_ parameters: RequestParameters, _ groups: [GroupEvaluator]) throws {
        let choice = RuleChoice(parameters), end = try parameters.time("end", default: .now)
        let start = try parameters.time("start", default: end - .seconds(86_400))
        guard start <= end else {
            throw APIError.invalidParameter("end", "end timestamp must not be before start time")
        }
        range = PreciseTime(start)...PreciseTime(end)
        if choice.name.isEmpty {
            let text = parameters["query"]
            guard !text.isEmpty else {
                throw APIError(.badData, "give rule, the name of a rule, or query, an expression")
            }
            rule = AlertingRule(name: "backtest", expression: text)
            interval = .seconds(60)
        } else {
            let found = choice.rules(in: groups).first { $0.evaluator.group.rules[$0.index].alerting != nil }
            guard let found, let rule = found.evaluator.group.rules[found.index].alerting else {
                throw choice.notFound(in: groups)
            }
            let group = found.evaluator.group
            (self.rule, interval, limit, queryOffset) = (rule, group.interval, group.limit, group.queryOffset)
        }
        for name in ["interval", "step"] where !parameters[name].isEmpty {
            interval = try parameters.requiredDuration(name)
        }
        guard interval > .zero else { throw APIError.invalidParameter("interval", "the interval must be positive") }
    }
}

extension JSONWriter {
    /// Writes what a back-test found for each variant.
    fileprivate mutating func comparison(_ comparison: BacktestComparison) {
        object { json in
            json.member("rule", comparison.rule.name)
            json.member("query", comparison.rule.expression)
            json.array("variants", Array(zip(comparison.variants, comparison.reports))) { json, pair in
                json.object { json in
                    json.member("for", (pair.0.holdDuration ?? comparison.rule.holdDuration) / .seconds(1))
                    json.member("threshold", pair.0.threshold.map { formatDouble($0) })
                    json.backtest(pair.1)
                }
            }
        }
    }
}
