package import KTSDBModel

/// Finds those of many sets of matchers that an alert can match, without trying each.
///
/// A set that requires a label to have one of a few values is found by that value; all others are always candidates.
package struct MatcherIndex: Sendable {
    /// By label name, by value: the numbers of the sets, ascending.
    private var byName: [String: [String: [Int]]] = [:]
    /// The numbers of the sets that cannot be looked up.
    private var rest: [Int] = []
    /// How many alternatives of a regular expression are looked up.
    private static let alternativeLimit = 16

    /// Indexes sets by their position.
    package init(_ sets: [Matchers]) {
        for (number, matchers) in sets.enumerated() { add(matchers, number) }
    }

    private mutating func add(_ matchers: Matchers, _ number: Int) {
        let usable = matchers.requiredLabels.filter { $0.values.count <= Self.alternativeLimit }
        guard let best = usable.min(by: { $0.values.count < $1.values.count }) else {
            rest.append(number)
            return
        }
        for value in best.values { byName[best.name, default: [:]][value, default: []].append(number) }
    }

    /// The numbers of the sets that alerts with these labels can match, ascending. Each has still to be tried.
    package func candidates(for labels: Labels) -> [Int] {
        var found = rest
        for (name, byValue) in byName {
            if let value = labels[name], let numbers = byValue[value] { found += numbers }
        }
        return found.count == rest.count ? rest : found.sorted()
    }
}
