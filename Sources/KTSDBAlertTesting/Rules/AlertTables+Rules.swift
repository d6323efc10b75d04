extension AlertTables {
    /// Tables of rules, alerts and their templates.
    package static let rules = [
        RuleEvaluationTable.table, RuleRestoreTable.table, RuleTemplateTable.table, RecordedRuleTemplates.table,
        NotifierPathTable.table,
    ]
}
