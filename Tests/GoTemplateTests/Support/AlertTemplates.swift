import GoTemplate

/// What Prometheus gives to the templates of a rule.
enum AlertTemplates {
    private struct Data: GoObject {
        var typeName: String { "struct" }
        let fields: [GoField]
    }

    /// The texts before every template of a rule.
    private static let prefix =
        "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}"
        + "{{$externalURL := .ExternalURL}}{{$value := .Value}}"

    /// Expands `text` in a rule with the name `T`.
    static func expand(_ text: String, labels: [String: String] = [:], value: Double) throws -> String {
        let data = Data(fields: [
            GoField("Labels", .map(GoMap(labels))), GoField("ExternalLabels", .map(GoMap(["cluster": "seoul"]))),
            GoField("ExternalURL", "http://p.example/x"), GoField("Value", .float(value)),
        ])
        let template = try Template.parse(name: "__alert_T", text: prefix + text)
        return try template.execute(.object(data), missingKey: .zero).description
    }
}
