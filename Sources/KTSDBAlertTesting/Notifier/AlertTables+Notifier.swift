extension AlertTables {
    /// Tables of the notifier that need no YAML.
    package static let notifier = [
        DedupTable.table, InhibitionTable.table, MatcherTable.table, MatchingTable.table, SilenceTable.table,
    ]
}
