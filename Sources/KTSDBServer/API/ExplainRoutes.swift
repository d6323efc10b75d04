internal import HTTPTypes
internal import Hummingbird
internal import KTSDBAlerting
internal import KTSDBEngine
internal import KTSDBModel
internal import KTSDBNotify
internal import KTSDBRules
internal import PromQL
internal import PrometheusWire

/// Explains why an alert fires or does not, and which receivers it is sent to and when.
struct ExplainRoutes: Sendable {
    let state: ServerState

    /// How many alerts are followed to the receivers.
    private static let alertLimit = 20
    /// How many rules of one name are explained.
    private static let ruleLimit = 10

    func add(to group: RouterGroup<ServerRequestContext>) { group.route("alerting/explain", [.get, .post], explain) }

    /// Explains the rules that `rule`, `group` and `file` name, now or at `time`; `labels` is a selector for alerts
    /// such as `{instance="a"}`.
    private func explain(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        let parts = try state.ready, groups = await parts.rules.evaluators
        let parameters = try await RequestParameters(request)
        let explanations = try await state.readRules(context) { options, limits in
            let choice = RuleChoice(parameters)
            let chosen = choice.rules(in: groups).filter { $0.evaluator.group.rules[$0.index].alerting != nil }
            guard !chosen.isEmpty else { throw choice.notFound(in: groups) }
            var explainer = RuleExplainer(options)
            explainer.labels = try Self.labels(parameters["labels"])
            explainer.check = { try limits.check() }
            let time = try parameters["time"].isEmpty ? nil : parameters.requiredTime("time")
            return try chosen.prefix(Self.ruleLimit).map { evaluator, index in
                try Self.explain(evaluator, index, explainer, at: time, in: parts.database.readView())
            }
        }
        let isNow = parameters["time"].isEmpty
        let notifications = isNow ? await notifications(of: explanations) : []
        if request.headers[.accept]?.hasPrefix("text/plain") ?? false {
            let texts = explanations.map(\.description) + notifications.map(\.description)
            return .text(texts.joined(separator: "\n"))
        }
        return await state.answer { json in
            json.object { json in
                json.array("rules", explanations) { $0.explanation($1) }
                json.array("notifications", notifications) { $0.tree($1.json) }
            }
        }
    }

    /// Explains one rule: now, with what the server knows of its alerts, or at a time in the past.
    private static func explain(
        _ evaluator: GroupEvaluator, _ index: Int, _ explainer: RuleExplainer, at time: Timestamp?,
        in source: any SeriesSource
    ) throws -> AlertExplanation {
        guard let rule = evaluator.group.rules[index].alerting else {
            throw APIError(.notFound, "not an alerting rule")
        }
        do {
            guard let time else {
                let state = evaluator.state.ruleStates[index]
                // The last evaluation knows more than the time since.
                let now = state.evaluatedAt ?? PreciseTime(.now)
                return try explainer.explain(rule, of: evaluator.group, state: state, at: now, in: source)
            }
            return try explainer.explain(rule, of: evaluator.group, at: PreciseTime(time), in: source)
        } catch let error as RuleError {
            throw APIError(.execution, error.description)
        }
    }

    /// The labels that a selector with `=` asks for.
    private static func labels(_ selector: String) throws -> [(name: String, value: String)] {
        guard !selector.isEmpty else { return [] }
        let matchers: [LabelMatcher]
        do throws(ParseErrors) { matchers = try parseSelector(selector) } catch {
            throw APIError.invalidParameter("labels", error)
        }
        return try matchers.map { matcher in
            guard matcher.operation == .equal else {
                throw APIError.invalidParameter("labels", "only = is supported, as in {instance=\"a\"}")
            }
            return (matcher.name, matcher.value)
        }
    }

    // MARK: Notifications

    /// What becomes of the alerts; of the rule's own labels if it has none. Without a notifier in this process, nothing
    /// is known.
    private func notifications(of explanations: [AlertExplanation]) async -> [NotificationExplanation] {
        guard let explain = state.notificationExplainer else { return [] }
        var labels: [Labels] = []
        for explanation in explanations {
            let alerts = explanation.alerts.map(\.labels)
            labels += alerts.isEmpty ? [explanation.rule.exampleLabels] : alerts
        }
        return await explain(labels.prefix(Self.alertLimit).compactMap(state.alertDispatch.labels))
    }
}

extension AlertingRule {
    /// The labels of the rule's alerts as far as they are known without any: those that are not templates.
    fileprivate var exampleLabels: Labels {
        let own = labels.filter { !$0.text.contains("{{") && !$0.text.isEmpty }.map { ($0.name, $0.text) }
        return Labels(own.filter { $0.0 != "alertname" } + [("alertname", name)])
    }
}
