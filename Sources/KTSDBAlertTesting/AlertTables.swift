/// The tables that are compared with, by the part of the code that they are about.
package enum AlertTables {
    package static let rules = [
        RuleEvaluationTable.table, RuleRestoreTable.table, RuleTemplateTable.table, RuleDependencyTable.table,
        RuleUnitTestTable.table, RecordedRuleTemplates.table, RecordedTools.table, RecordedPrometheus.seed,
        RecordedPrometheus.states,
    ]
    package static let notifier = [
        DedupTable.table, InhibitionTable.table, MatcherTable.table, MatchingTable.table, SilenceTable.table,
    ]
}
