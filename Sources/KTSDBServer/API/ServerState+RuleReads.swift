internal import Hummingbird
internal import KTSDBModel
internal import KTSDBRules
internal import PromQL

extension ServerState {
    /// Runs a read that evaluates expressions of rules, in the way queries run: when its turn comes, on a query thread,
    /// within their limits, and until the client goes away. `read` gets the options of rules with a language that minds
    /// this, and the limits.
    func readRules<Value: Sendable>(
        _ context: ServerRequestContext, _ read: @escaping @Sendable (RuleOptions, QueryLimits) throws -> Value
    ) async throws -> Value {
        let arrived = ContinuousClock.now, timeout = options.queryTimeout
        do {
            return try await withTurn(within: timeout, context.channel) { cancellation in
                let overrides = QueryOverrides(timeout: max(.zero, timeout - (ContinuousClock.now - arrived)))
                let limits = engine.limits(overrides: overrides, cancellation: cancellation)
                var rules = ruleOptions
                rules.language = PromQLRuleLanguage(engine, overrides: overrides, cancellation: cancellation)
                return try await engine.read(limits, cancellation: cancellation) { [rules] in try read(rules, limits) }
            }
        } catch {
            throw described(error)
        }
    }
}
