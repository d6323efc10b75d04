extension AlertTables {
    /// Tables whose cases are YAML, or make YAML of templates.
    package static let files = [
        ConfigurationTable.table, NotificationTemplateTable.table, NotifyTable.table, PayloadTable.table,
        RouteTable.table, TimeIntervalTable.table, TimelineTable.table, RecordedNotificationTemplates.table,
        RecordedSession.table, RuleFileTable.table, RuleDependencyTable.table, RuleUnitTestTable.table,
        RecordedTools.table, PromtoolTable.table, RecordedPrometheus.seed, RecordedPrometheus.states,
        OpenAPITable.table,
        AmtoolTable.table,
    ]
    /// All tables by the names of their files.
    static let byFile = Dictionary(uniqueKeysWithValues: (rules + notifier + files).map { ($0.file, $0) })
    /// The files that nothing is compared with yet.
    static let unsupported: Set<String> = []
}
