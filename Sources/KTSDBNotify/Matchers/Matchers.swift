package import KTSDBModel

/// Conditions that must all hold.
package struct Matchers: Hashable, Sendable {
    /// The conditions, in the order given.
    package var list: [Matcher]

    package init(_ list: [Matcher] = []) { self.list = list }

    package var isEmpty: Bool { list.isEmpty }

    /// Whether alerts with these labels match all of them; without conditions, every alert does.
    package func matches(_ labels: Labels) -> Bool { list.allSatisfy { $0.matches(labels) } }

    /// The same conditions in Alertmanager's order.
    package func sorted() -> Matchers { Matchers(list.sorted()) }

    /// A label with its value that every matching alert has, if there is one: what an index can look up.
    var requiredLabels: [(name: String, values: [String])] {
        list.compactMap { matcher in
            switch matcher.operation {
            case .equal where !matcher.value.isEmpty: return (matcher.name, [matcher.value])
            case .matches:
                guard let values = matcher.expression?.literalSet, !values.contains("") else { return nil }
                return (matcher.name, values)
            default: return nil
            }
        }
    }
}

extension Matchers: CustomStringConvertible {
    /// `{a="b",c=~"d"}`.
    package var description: String { "{" + list.map(\.description).joined(separator: ",") + "}" }
}

extension Matchers {
    /// Whether a silence with these matchers is wanted by filters: each filter has to be one of them, written the same.
    package func isCovered(by filters: Matchers) -> Bool { filters.list.allSatisfy { list.contains($0) } }
}
