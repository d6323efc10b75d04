/// What is searched for, and how well a value has to match it.
struct SearchTerms: Sendable {
    enum Algorithm: String, CaseIterable, Sendable {
        case subsequence
        case jaroWinkler = "jarowinkler"
    }

    private enum Term {
        case subsequence(String, Subsequence)
        /// A part of the value, or something like it.
        case part(String, JaroWinkler?)
    }

    private let terms: [Term]
    private let threshold: Double
    private let isCaseSensitive: Bool

    /// Creates terms whose matches have a score of at least `threshold`, from 0 to 100.
    init(_ texts: [String], threshold: Int, _ algorithm: Algorithm, caseSensitive: Bool) {
        let percent = threshold
        self.threshold = Double(percent) / 100
        isCaseSensitive = caseSensitive
        terms = texts.filter { !$0.isEmpty }.map { text in
            let text = caseSensitive ? text : text.lowercased()
            switch algorithm {
            case .subsequence: return .subsequence(text, Subsequence(text))
            case .jaroWinkler: return .part(text, percent > 0 ? JaroWinkler(text) : nil)
            }
        }
    }

    /// The score of a value, the best for any of the terms; nil if it does not match, 1 without terms.
    func score(_ value: String) -> Double? {
        guard !terms.isEmpty else { return 1 }
        let value = isCaseSensitive ? value : value.lowercased()
        var best: Double?
        for term in terms {
            guard let score = score(value, term) else { continue }
            best = max(best ?? 0, score)
            if score >= 1 { break }
        }
        return best
    }

    private func score(_ value: String, _ term: Term) -> Double? {
        switch term {
        case .subsequence(let text, let pattern):
            if value.hasPrefix(text) { return 1 }
            let score = pattern.score(value)
            return score > 0 && score >= threshold ? score : nil
        case .part(let text, let similarity):
            if let score = Self.score(value, containing: text) { return score }
            return similarity.map { $0.score(value) }.flatMap { $0 >= threshold ? $0 : nil }
        }
    }

    /// The score of a value that has a text as a part: 1 at its beginning, and down to 0.1 at its end.
    private static func score(_ value: String, containing text: String) -> Double? {
        guard let range = value.firstRange(of: text) else { return nil }
        let before = value.unicodeScalars[..<range.lowerBound].count
        let most = value.unicodeScalars.count - text.unicodeScalars.count
        return before == 0 || most <= 0 ? 1 : 1 - 0.9 * Double(before) / Double(most)
    }
}
