internal import KTSDBModel

/// Texts by name, ascending by the bytes of the name: the labels and annotations of a rule, and an alert's annotations.
///
/// Unlike in `Labels`, a text may be empty: an empty label of a rule removes the label, and an empty annotation is an
/// annotation.
public struct NamedTexts: Hashable, Sendable {
    /// The texts with their names.
    public private(set) var pairs: [NamedText] = []

    /// Creates texts without any.
    public init() {}

    /// Creates texts from pairs in any order. Of a repeated name the last text counts.
    public init(_ pairs: some Sequence<(String, String)>) {
        for (name, text) in pairs { set(name, text) }
    }

    /// Creates texts from pairs that are known to be in the order of their names, each name once.
    init(ascending pairs: [(String, String)]) { self.pairs = pairs.map { NamedText(name: $0, text: $1) } }

    /// Whether there is no text.
    public var isEmpty: Bool { pairs.isEmpty }
    /// The number of texts.
    public var count: Int { pairs.count }

    /// The text with a name; nil if it does not exist.
    public subscript(name: String) -> String? {
        let (index, found) = place(of: name)
        return found ? pairs[index].text : nil
    }

    /// Sets the text of a name.
    public mutating func set(_ name: String, _ text: String) {
        let (index, found) = place(of: name)
        if found {
            pairs[index].text = text
        } else {
            pairs.insert(NamedText(name: name, text: text), at: index)
        }
    }

    /// Returns these texts and those of `others`, which count where both have a name.
    public func merging(_ others: NamedTexts) -> NamedTexts {
        var merged = self
        for pair in others { merged.set(pair.name, pair.text) }
        return merged
    }

    private func place(of name: String) -> (index: Int, found: Bool) {
        let index = pairs.firstIndex { !$0.name.utf8.lexicographicallyPrecedes(name.utf8) } ?? pairs.count
        return (index, index < pairs.count && pairs[index].name.utf8.elementsEqual(name.utf8))
    }
}

extension NamedTexts: Sequence {
    /// Starts a walk over the texts, by name.
    public func makeIterator() -> IndexingIterator<[NamedText]> { pairs.makeIterator() }
}

extension NamedTexts: ExpressibleByDictionaryLiteral {
    /// Creates texts from a literal such as `["severity": "critical"]`.
    public init(dictionaryLiteral elements: (String, String)...) { self.init(elements) }
}

extension NamedTexts: CustomStringConvertible {
    /// The texts as Prometheus writes labels: `{a="b", c=""}`.
    public var description: String {
        let parts = pairs.map { (LabelName.isLegacy($0.name) ? $0.name : goQuoted($0.name)) + "=" + goQuoted($0.text) }
        return "{" + parts.joined(separator: ", ") + "}"
    }
}

/// A text and its name.
public struct NamedText: Hashable, Sendable {
    /// The name of a label or an annotation.
    public var name: String
    /// The text.
    public var text: String

    /// Creates a text with a name.
    public init(name: String, text: String) {
        self.name = name
        self.text = text
    }
}
