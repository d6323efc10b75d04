/// How well the characters of a pattern are found in a text, in their order and perhaps with others between them.
///
/// Runs of characters that follow each other count with the square of their length; every character that is skipped
/// before or between them takes 1/n off, and every one after the last run 1/2n, where n is the text's length. The best
/// start counts. The sum is divided by the square of the pattern's length, and stays under 1 but for equal texts.
package struct Subsequence: Sendable {
    private let pattern: [Unicode.Scalar]

    /// What a match that is not exact is scaled by.
    private static let inexact = 0.999

    package init(_ pattern: String) { self.pattern = Array(pattern.unicodeScalars) }

    /// Returns the score, from 0 for no match to 1.
    package func score(_ text: String) -> Double {
        guard !pattern.isEmpty else { return 1 }
        let text = Array(text.unicodeScalars)
        if text == pattern { return 1 }
        guard pattern.count <= text.count else { return 0 }
        var best = -1.0
        for start in 0...(text.count - pattern.count) where text[start] == pattern[0] {
            // If the pattern does not end from here, it does from no later place.
            guard let score = score(text, from: start) else { break }
            best = max(best, score)
        }
        return best < 0 ? 0 : best / Double(pattern.count * pattern.count) * Self.inexact
    }

    /// Returns the sum for a match that begins at a place; nil without one.
    private func score(_ text: [Unicode.Scalar], from start: Int) -> Double? {
        var sum = 0.0, skipped = start, place = start, next = 0
        while next < pattern.count {
            while place < text.count, text[place] != pattern[next] { (place, skipped) = (place + 1, skipped + 1) }
            guard place < text.count else { return nil }
            var run = 0
            while next < pattern.count, place < text.count, text[place] == pattern[next] {
                (place, next, run) = (place + 1, next + 1, run + 1)
            }
            sum += Double(run * run)
        }
        let length = Double(text.count)
        return sum - Double(skipped) / length - Double(text.count - place) / length / 2
    }
}
