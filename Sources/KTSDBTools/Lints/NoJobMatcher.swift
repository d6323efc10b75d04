internal import KTSDBModel
internal import PromQL

/// Every process has metrics such as `process_resident_memory_bytes`, the monitoring itself among them.
enum NoJobMatcher {
    private static let shared = ["process_", "go_", "scrape_", "promhttp_", "python_", "jvm_", "nodejs_"]

    static let lint = Lint(
        "no-job-matcher", .rules,
        "An alert reads a metric that every scraped process has, without saying of which job."
    ) { context in
        context.rules.flatMap { rule -> [LintFinding] in
            guard rule.alert != nil else { return [] }
            var seen: Set<String> = []
            return rule.expression.allSelectors.compactMap { selector in
                guard let metric = selector.metric, shared.contains(where: metric.hasPrefix) || metric == "up",
                    !selector.matchers.contains(where: { ["job", "instance"].contains($0.name) }),
                    seen.insert(metric).inserted
                else { return nil }
                return rule.finding(
                    why: "every scraped process has \(metric), so the alert watches all of them, the monitoring too",
                    fix: "say which job is meant: \(metric){job=\"…\"}")
            }
        }
    }
}
