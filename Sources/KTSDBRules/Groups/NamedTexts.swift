internal import KTSDBModel

/// Texts by name, in the order of the names' bytes: the labels and annotations of a rule, or the annotations of an
/// alert.
///
/// Unlike in `Labels`, a text may be empty: an empty label of a rule removes the label, and an empty annotation is
/// kept.
public struct NamedTexts: Hashable, Sendable {
    /// The names and texts, in the order of the names' bytes.
    public private(set) var pairs: [NamedText] = []

    /// Creates an empty collection.
    public init() {}

    /// Creates texts from pairs of a name and a text, in any order. The last text of a repeated name counts.
    public init(_ pairs: some Sequence<(String, String)>) {
        for (name, text) in pairs { set(name, text) }
    }

    /// Creates texts from pairs that are sorted by name, without repeated names. It does not check this.
    init(ascending pairs: [(String, String)]) { self.pairs = pairs.map { NamedText(name: $0, text: $1) } }

    /// Whether it has no texts.
    public var isEmpty: Bool { pairs.isEmpty }
    /// The number of texts.
    public var count: Int { pairs.count }

    /// The text of a name; nil if no text has the name.
    public subscript(name: String) -> String? {
        let (index, found) = place(of: name)
        return found ? pairs[index].text : nil
    }

    /// Sets the text of a name. Takes time in proportion to ``count``.
    public mutating func set(_ name: String, _ text: String) {
        let (index, found) = place(of: name)
        if found {
            pairs[index].text = text
        } else {
            pairs.insert(NamedText(name: name, text: text), at: index)
        }
    }

    /// Returns the texts of both. Where both have a name, the text of `others` counts.
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
    /// Returns an iterator over the names and texts, in the order of the names' bytes.
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
