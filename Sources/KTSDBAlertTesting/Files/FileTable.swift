import KTSDBAlertingFiles
package import KTSDBNotify

/// Configuration files of tables.
package enum FileTable {
    package static func configuration(_ text: String) throws -> NotifierConfiguration {
        try NotifierConfiguration.read(text, file: "alertmanager.yml", readZone: TemplateValues.zone)
    }

    static func reading() -> StrictReading { StrictReading(syntax: .fallback, readZone: TemplateValues.zone) }
}
