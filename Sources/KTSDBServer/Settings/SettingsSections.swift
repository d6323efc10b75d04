internal import KTSDBConfiguration
internal import KTSDBScrape

/// The sections that ktsdb's own settings can have; this is the one place that lists them all.
package enum SettingsSections {
    /// To add a section, write its type in a file of its own and add a row here: `Row(JournalSettings.self)`.
    package static let all: [Row] = [
        Row(AccessSettings.self), Row(HeartbeatSettings.self), Row(RetentionRuleSettings.self),
        Row(RollupRuleSettings.self), Row(SeriesLimitSettings.self),
    ]

    /// A section whose type is not known statically. It holds a closure rather than `any SettingsSection.Type`, because
    /// Swift 6.3 crashes where a requirement with typed throws is called through a metatype.
    package struct Row: Sendable {
        let key: String
        let type: ObjectIdentifier
        let read: @Sendable (YAMLValue) throws(ConfigurationError) -> any SettingsSection

        package init<Section: SettingsSection>(_ type: Section.Type) {
            key = Section.key
            self.type = ObjectIdentifier(type)
            read = { (value) throws(ConfigurationError) in try Section(reading: value) }
        }
    }
}
