package import KTSDBConfiguration
internal import KTSDBScrape

/// ktsdb's own settings, read from the file that `--ktsdb.config.file` names, and checked.
///
/// The file has what Prometheus' configuration has no place for, with a section for each feature. A feature reads its
/// section when it needs it, so that a reload takes effect at once:
///
/// ```swift
/// let limit = state.settings[JournalSettings.self].limit
/// ```
package struct Settings: Sendable {
    private var sections: [ObjectIdentifier: any SettingsSection] = [:]
    /// The keys of the sections that the file has.
    package private(set) var keys: [String] = []

    /// Settings in which every section has its defaults.
    package init() {}

    /// The section of a feature; its defaults if the file does not have it.
    package subscript<Section: SettingsSection>(_: Section.Type) -> Section {
        sections[ObjectIdentifier(Section.self)] as? Section ?? Section()
    }

    /// Reads and checks the file at `path`; an empty path means no file. All its values may name variables.
    /// - Throws: `ConfigurationError` for the first problem.
    package static func load(
        path: String, sections: [SettingsSections.Row] = SettingsSections.all, variables: Variables = .environment
    ) throws(ConfigurationError) -> Settings {
        guard !path.isEmpty, let document = try YAMLValue.load(path: path) else { return Settings() }
        return try variables.reading(document, .everywhere) { (document, _) throws(ConfigurationError) in
            try Settings(document, sections)
        }
    }

    private init(_ document: YAMLValue, _ rows: [SettingsSections.Row]) throws(ConfigurationError) {
        var file = try YAMLSection(document, name: "the settings of ktsdb")
        for row in rows {
            guard let value = file.take(row.key) else { continue }
            sections[row.type] = try row.read(value)
            keys.append(row.key)
        }
        try file.finish()
    }
}

/// A section of ktsdb's own settings.
package protocol SettingsSection: Sendable {
    /// The key of the section in the file.
    static var key: String { get }

    /// Creates the defaults, which apply if the file does not have the section.
    init()

    /// Takes the keys of the section; keys that are left are refused.
    init(taking section: inout YAMLSection) throws(ConfigurationError)

    /// Reads the section. Only a section that is not a mapping needs one of its own.
    init(reading value: YAMLValue) throws(ConfigurationError)
}

extension SettingsSection {
    package init(reading value: YAMLValue) throws(ConfigurationError) {
        var section = try YAMLSection(value, name: Self.key)
        try self.init(taking: &section)
        try section.finish()
    }
}
