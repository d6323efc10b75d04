package import KTSDBModel

/// Decides which alerts are inhibited: those that match the target side of a rule while an alert with the same values
/// of its `equal` labels fires and matches its source side. An alert that matches both sides is not inhibited by
/// another that does, nor by itself.
///
/// Both sides of all rules are indexed by labels that they require, and the sources of a rule by the values of its
/// `equal` labels: an alert costs about as much as the rules that concern it, however many alerts there are.
package struct Inhibitor: Sendable {
    /// What the sources of a rule are kept by. Those that match its target side, too, are kept apart: they never
    /// inhibit alerts that match the source side.
    private struct Key: Hashable {
        var rule: Int
        var isTwoSided: Bool
        var equal: Labels
    }

    package let rules: [InhibitionRule]
    private let sourceIndex: MatcherIndex
    private let targetIndex: MatcherIndex
    /// The `equal` labels of each rule, sorted by bytes.
    private let equalNames: [[String]]
    private var sources: [Key: SourceSet] = [:]

    package init(_ rules: [InhibitionRule]) {
        self.rules = rules
        sourceIndex = MatcherIndex(rules.map(\.source))
        targetIndex = MatcherIndex(rules.map(\.target))
        equalNames = rules.map { rule in rule.equal.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }
    }

    /// Takes note of an alert that was received.
    package mutating func update(_ alert: ReceivedAlert, at now: WallTime) {
        for key in keys(of: alert.labels) { sources[key, default: SourceSet()].update(alert, at: now) }
    }

    /// Forgets an alert.
    package mutating func remove(_ labels: Labels) {
        for key in keys(of: labels) {
            sources[key]?.remove(labels)
            if sources[key]?.isEmpty ?? false { sources[key] = nil }
        }
    }

    /// The keys of the rules whose source side an alert matches.
    private func keys(of labels: Labels) -> [Key] {
        sourceIndex.candidates(for: labels).compactMap { number in
            guard rules[number].source.matches(labels) else { return nil }
            return Key(
                rule: number, isTwoSided: rules[number].target.matches(labels),
                equal: labels.keeping(only: equalNames[number]))
        }
    }

    /// What inhibits alerts with these labels: the first rule that does, and one of the alerts by which it does.
    package mutating func inhibition(of labels: Labels, at now: WallTime) -> (rule: Int, source: Labels)? {
        for number in targetIndex.candidates(for: labels) where rules[number].target.matches(labels) {
            var key = Key(rule: number, isTwoSided: false, equal: labels.keeping(only: equalNames[number]))
            if let source = sources[key]?.anyFiring(at: now) { return (number, source) }
            if rules[number].source.matches(labels) { continue }
            key.isTwoSided = true
            if let source = sources[key]?.anyFiring(at: now) { return (number, source) }
        }
        return nil
    }
}
