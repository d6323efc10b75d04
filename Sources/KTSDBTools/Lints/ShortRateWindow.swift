internal import KTSDBModel
internal import PromQL
internal import PrometheusWire

/// A rate needs two samples in its window.
enum ShortRateWindow {
    static let lint = Lint(
        "short-rate-window", .rules,
        "The window of a rate is shorter than two scrape intervals: a lost scrape leaves it without a result.",
        needs: "the configuration"
    ) { context in
        guard let configuration = context.configuration else { return [] }
        return context.rules.flatMap { rule in
            rule.expression.all.compactMap { part -> LintFinding? in
                guard let selector = part.rated, case .call(let call) = part.bare,
                    case .matrixSelector(let node)? = call.arguments.first?.bare, let seconds = node.window.seconds
                else { return nil }
                let job = selector.matchers.first { $0.name == "job" && $0.operation == .equal }?.value
                let interval =
                    configuration.jobs.first { $0.name == job }?.interval ?? configuration.scrapeInterval
                guard seconds < 2 * (interval / .seconds(1)) else { return nil }
                let text = PrometheusDuration.format(interval)
                return rule.finding(
                    why:
                        "targets are scraped every \(text) and \(call.function.name) needs two samples in its window of "
                        + PrometheusDuration.format(.milliseconds(Int64(seconds * 1000))),
                    fix: "use a window of at least \(PrometheusDuration.format(interval * 4))")
            }
        }
    }
}
