/// All lints, in the order in which they are listed.
package enum LintTable {
    /// promtool's: the checks themselves look for these, with promtool's texts.
    package static let duplicateRules = Lint(
        "duplicate-rules", .rules, "Two rules have the same name and labels: one overwrites the samples of the other."
    ) { _ in [] }
    package static let longScrapeInterval = Lint(
        "too-long-scrape-interval", .config,
        "A job is scraped less often than queries look back: its series have gaps."
    ) { _ in [] }

    /// Those that promtool does not have.
    static let own: [Lint] = [
        QuantileAboveBuckets.lint, ThresholdBetweenBuckets.lint, UpWithoutAbsent.lint, NoJobMatcher.lint,
        RatioOfOpen.lint, RatioWithoutZero.lint, DivisionByZero.lint, SlidingDay.lint, ComparisonDropsSeries.lint,
        CountNeverZero.lint, ForBelowInterval.lint, ValueInLabel.lint, DroppedLabel.lint, NotVector.lint,
        RangeBeyondRetention.lint, ShortRateWindow.lint, UntestedAlert.lint, RuleFilesWithoutMatch.lint,
        JobWithoutTargets.lint, AlertsGoNowhere.lint, MissingFile.lint, UnexpandedVariable.lint,
        InhibitionNeverMatches.lint,
        ContinueWithoutEffect.lint, DefaultRouteAlerts.lint, RouteWithoutAlerts.lint, UnreachableRoute.lint,
        DeprecatedMatcher.lint, MatcherMatchesMissing.lint, RepeatNotMultiple.lint, RepeatBeyondLog.lint,
        UnusedReceiver.lint, SilentReceiver.lint, UnusedTimeInterval.lint,
    ]

    package static let all: [Lint] = [duplicateRules, longScrapeInterval] + own

    /// The table as `ktsdb check lints` prints it.
    package static func listing() -> ToolOutput {
        var output = ToolOutput()
        let width = (all.map(\.id.count).max() ?? 0) + 2
        for subject in Lint.Subject.allCases {
            output.print("check \(subject.rawValue):")
            for lint in all where lint.subject == subject {
                let blanks = String(repeating: " ", count: width - lint.id.count)
                let needs = lint.needs.isEmpty ? "" : " Needs \(lint.needs)."
                output.print("  \(lint.id)\(blanks)\(lint.summary)\(needs)")
            }
        }
        return output
    }
}
