import KTSDBAlertingFiles
import KTSDBConfiguration
import KTSDBNotify

/// `am_config.json`: which configurations are accepted, and why others are refused.
enum ConfigurationTable {
    static let table = AlertTable("am_config.json") { entry in
        let text = try need(entry["text"]?.text), kind = try need(entry["kind"]?.text)
        var reason: String?
        do throws(ConfigurationError) { try read(text, kind) } catch { reason = error.reason }
        if entry["valid"]?.flag == true { return try check(reason, is: nil) }
        try check(error: try need(reason, entry["error"]?.text ?? "an error"), contains: entry["error"]?.text)
    }

    private static func read(_ text: String, _ kind: String) throws(ConfigurationError) {
        if kind == "config" {
            _ = try NotifierConfiguration.read(text, file: "x", readZone: TemplateValues.zone)
            return
        }
        guard let value = try YAMLValue.document(text, file: "x") else { return }
        var reading = FileTable.reading()
        if kind == "smarthost" {
            _ = try reading.section(
                try YAMLValue.document("smtp_smarthost: " + text, file: "x") ?? value, ConfigurationSchema.global)
        } else {
            let name = kind.dropLast("Config".count).lowercased()
            guard let kind = IntegrationKind(rawValue: name) else { throw value.error("unknown kind \(kind)") }
            _ = try reading.section(value, kind.schema)
        }
        try reading.finish("x")
    }
}
