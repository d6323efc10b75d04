internal import KTSDBScrape

/// The sections that ktsdb's own settings can have: the one place that knows them all.
package enum SettingsSections {
    /// To add a section, write its type in a file of its own and add a row here: `Row(JournalSettings.self)`.
    package static let all: [Row] = []

    /// What can be done with a section whose type is not known. A closure rather than `any SettingsSection.Type`: Swift
    /// 6.3 crashes where a requirement with typed throws is called through a metatype.
    package struct Row: Sendable {
        let key: String
        let type: ObjectIdentifier
        let read: @Sendable (inout YAMLSection) throws(ConfigurationError) -> any SettingsSection

        package init<Section: SettingsSection>(_ type: Section.Type) {
            key = Section.key
            self.type = ObjectIdentifier(type)
            read = { (section) throws(ConfigurationError) in try Section(taking: &section) }
        }
    }
}
