package import KTSDBRules

/// Rules that have the same name and labels, and so make the same series.
package struct DuplicateRules: Hashable, Sendable {
    /// What one rule shares with another one.
    package struct Duplicate: Hashable, Sendable {
        package var name: String
        package var labels: [NamedText]
    }

    /// Each once, by name and labels.
    package var duplicates: [Duplicate]

    package init(_ groups: [RuleGroup]) {
        var counts: [Duplicate: Int] = [:]
        for rule in groups.flatMap(\.rules) {
            // A label that is empty is no label.
            counts[Duplicate(name: rule.name, labels: rule.labels.filter { !$0.text.isEmpty }), default: 0] += 1
        }
        duplicates = counts.filter { $1 > 1 }.keys.sorted(by: Self.precedes)
    }

    private static func precedes(_ left: Duplicate, _ right: Duplicate) -> Bool {
        let texts = [left, right].map { [$0.name] + $0.labels.flatMap { [$0.name, $0.text] } }
        for (one, other) in zip(texts[0], texts[1]) where one != other {
            return one.utf8.lexicographicallyPrecedes(other.utf8)
        }
        return texts[0].count < texts[1].count
    }

    /// What promtool says of them; nil without duplicates.
    package var text: String? {
        guard !duplicates.isEmpty else { return nil }
        var text = "lint error \(duplicates.count) duplicate rule(s) found.\n"
        for duplicate in duplicates {
            text += "Metric: \(duplicate.name)\nLabel(s):\n"
            for label in duplicate.labels { text += "\t\(label.name): \(label.text)\n" }
        }
        return text + "Might cause inconsistency while recording expressions"
    }
}
