/// The similarity of Jaro and Winkler (Winkler, 1990) of texts to a term: from 0 to 1 for equal texts.
package struct JaroWinkler: Sendable {
    private let term: [Unicode.Scalar]

    /// What each of up to four equal characters at the beginning adds, as a part of what is missing to 1.
    private static let prefixWeight = 0.1, longestPrefix = 4

    package init(_ term: String) { self.term = Array(term.unicodeScalars) }

    package func score(_ text: String) -> Double {
        let text = Array(text.unicodeScalars)
        if text == term { return 1 }
        let (short, long) = term.count <= text.count ? (term, text) : (text, term)
        guard !short.isEmpty else { return 0 }
        let (matches, swaps) = Self.matches(short, long)
        guard matches > 0 else { return 0 }
        let count = Double(matches), unswapped = (count - Double(swaps) / 2) / count
        let jaro = (count / Double(short.count) + count / Double(long.count) + unswapped) / 3
        let prefix = zip(short, long).prefix(Self.longestPrefix).prefix { $0 == $1 }.count
        return jaro + Double(prefix) * Self.prefixWeight * (1 - jaro)
    }

    /// How many characters of both are equal and near each other, and how many of these are out of order.
    private static func matches(_ short: [Unicode.Scalar], _ long: [Unicode.Scalar]) -> (matches: Int, swaps: Int) {
        let reach = max(long.count / 2 - 1, 0)
        var isTaken = [Bool](repeating: false, count: long.count), found: [Unicode.Scalar] = []
        for (index, character) in short.enumerated() {
            let places = max(index - reach, 0)..<min(index + reach + 1, long.count)
            guard let place = places.first(where: { !isTaken[$0] && long[$0] == character }) else { continue }
            isTaken[place] = true
            found.append(character)
        }
        let others = zip(long, isTaken).lazy.filter(\.1).map(\.0)
        return (found.count, zip(found, others).count { $0 != $1 })
    }
}
