/// What `test rules` is asked for.
package struct RuleTestRequest: Hashable, Sendable {
    /// Regular expressions; only tests whose name matches one of them run. Nil: all.
    package var patterns: [String]?
    /// Whether failures show a coloured difference.
    package var showsDifferences = false
    /// Whether each test's beginning, end and series are printed.
    package var debugs = false
    /// Whether the rules and alerts that no test touches are listed.
    package var covers = false
    /// Whether it is printed what the rules gave at each step, and why an alert did not fire.
    package var explains = false
    /// The file that the report for JUnit is written to.
    package var junit: String?
    /// The time in that report: `2026-01-31T12:00:00`.
    package var timestamp = ""

    package init() {}
}
