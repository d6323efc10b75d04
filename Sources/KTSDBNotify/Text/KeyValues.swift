/// Names with values, sorted by the bytes of the name, each name once: annotations, and labels for templates.
///
/// Unlike labels, values may be empty.
package struct KeyValues: Sendable {
    /// One name and its value.
    package struct Pair: Sendable {
        package var name: String
        package var value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The pairs, sorted by name.
    package private(set) var pairs: [Pair] = []

    package init() {}

    /// Creates a set from pairs in any order; of a repeated name the last value counts.
    package init(_ unsorted: some Sequence<(String, String)>) {
        var last: [[UInt8]: Pair] = [:]
        for (name, value) in unsorted { last[Array(name.utf8)] = Pair(name: name, value: value) }
        pairs = last.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.value)
    }

    package var isEmpty: Bool { pairs.isEmpty }
    package var count: Int { pairs.count }

    /// The value of `name`, or nil if it does not exist.
    package subscript(name: String) -> String? {
        pairs.first { $0.name.utf8.elementsEqual(name.utf8) }?.value
    }

    /// The pairs that `other` has, too, with the same value.
    package func common(with other: KeyValues) -> KeyValues {
        var result = self
        result.pairs.removeAll { pair in !other.contains(pair) }
        return result
    }

    private func contains(_ pair: Pair) -> Bool {
        pairs.contains { $0.name.utf8.elementsEqual(pair.name.utf8) && $0.value.utf8.elementsEqual(pair.value.utf8) }
    }
}

extension KeyValues: Hashable {
    /// Whether both have the same bytes.
    package static func == (left: KeyValues, right: KeyValues) -> Bool {
        left.pairs.count == right.pairs.count
            && zip(left.pairs, right.pairs).allSatisfy {
                $0.name.utf8.elementsEqual($1.name.utf8) && $0.value.utf8.elementsEqual($1.value.utf8)
            }
    }

    package func hash(into hasher: inout Hasher) {
        for pair in pairs { hasher.combine(pair.name) }
    }
}

extension KeyValues: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, String)...) { self.init(elements) }
}
