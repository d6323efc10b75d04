internal import KTSDBModel
internal import PromQL

/// An alert as unit tests compare and print it.
struct ComparedAlert: Hashable, Comparable {
    var labels: Labels
    var annotations: NamedTexts

    static func < (left: ComparedAlert, right: ComparedAlert) -> Bool {
        if left.labels != right.labels { return left.labels < right.labels }
        let texts = [left, right].map { $0.annotations.flatMap { [Array($0.name.utf8), Array($0.text.utf8)] } }
        for (one, other) in zip(texts[0], texts[1]) where one != other { return one.lexicographicallyPrecedes(other) }
        return texts[0].count < texts[1].count
    }

    /// Returns the alerts as promtool prints them, each with its number and on lines of its own.
    static func text(_ alerts: [ComparedAlert]) -> String {
        guard !alerts.isEmpty else { return "[]" }
        let blank = "\n" + String(repeating: " ", count: 12)
        let items = alerts.enumerated().map { number, alert in
            "\(number):\(blank)  Labels:\(labelText(alert.labels))\(blank)  Annotations:\(alert.annotations)"
        }
        return "[" + blank + items.joined(separator: "," + blank) + blank + "]"
    }
}

/// Returns the labels in braces, including the metric name.
func labelText(_ labels: Labels) -> String { NamedTexts(labels.map { ($0.name, $0.value) }).description }
