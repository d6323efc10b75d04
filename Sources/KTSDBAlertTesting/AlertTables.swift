/// The tables that are compared with, by the part of the code that they are about.
package enum AlertTables {
    package static let rules = [
        RuleEvaluationTable.table, RuleRestoreTable.table, RuleTemplateTable.table, RecordedRuleTemplates.table,
        NotifierPathTable.table,
    ]
    package static let notifier = [
        DedupTable.table, InhibitionTable.table, MatcherTable.table, MatchingTable.table, SilenceTable.table,
    ]
}
