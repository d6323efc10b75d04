internal import KTSDBRules

/// A text in a file; its place is 0:0 if it is missing, as in Prometheus' messages.
struct PlacedText {
    var text = ""
    var line = 0
    var column = 0

    var place: String { "\(line):\(column)" }
}

/// A group as it is in the file, with places.
struct RuleGroupNode {
    var name = ""
    /// Where the group begins.
    var place = PlacedText()
    var interval = Duration.zero
    var queryOffset: Duration?
    var limit = 0
    var labels: [(String, String)] = []
    var rules: [RuleNode] = []

    /// The group; a missing interval is `interval`.
    func group(file: String, interval: Duration) -> RuleGroup {
        RuleGroup(
            file: file, name: name, interval: self.interval > .zero ? self.interval : interval, limit: limit,
            queryOffset: queryOffset, labels: NamedTexts(labels), rules: rules.map(\.rule))
    }
}

/// A rule as it is in the file, with places.
struct RuleNode {
    var record = PlacedText()
    var alert = PlacedText()
    var expression = PlacedText()
    var holdDuration = Duration.zero
    var keepFiringFor = Duration.zero
    var labels: [(String, String)] = []
    var annotations: [(String, String)] = []

    var name: String { alert.text.isEmpty ? record.text : alert.text }

    var rule: Rule {
        let labels = NamedTexts(labels)
        guard record.text.isEmpty else {
            return .recording(RecordingRule(name: record.text, expression: expression.text, labels: labels))
        }
        return .alerting(
            AlertingRule(
                name: alert.text, expression: expression.text, for: holdDuration, keepFiringFor: keepFiringFor,
                labels: labels, annotations: NamedTexts(annotations)))
    }
}
