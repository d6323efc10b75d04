internal import GoTemplate
internal import KTSDBModel

/// Regular expressions in templates: not anchored, as Go's package `regexp` has them.
package enum TemplatePattern {
    /// The most bytes that a replacement may scan. Each match scans the rest of the text.
    static let workLimit = 1 << 24

    /// Whether the pattern matches anywhere in the text.
    /// - Throws: `GoError` if the pattern is invalid.
    package static func matches(_ pattern: String, _ text: String) throws -> Bool {
        do throws(RegularExpressionError) {
            _ = try RegularExpression(pattern, dotMatchesNewline: false)
            let anywhere = try embed(pattern, after: "(?s:.*)")
            return anywhere.matchesWhole(Array(text.utf8).span)
        } catch {
            throw GoError(error.description)
        }
    }

    /// Returns an expression that matches a whole text, with the pattern as its first group after `prefix`.
    private static func embed(
        _ pattern: String, after prefix: String
    ) throws(RegularExpressionError) -> RegularExpression {
        do throws(RegularExpressionError) {
            return try RegularExpression("\(prefix)(\(pattern))(?s:.*)", dotMatchesNewline: false)
        } catch {
            // A valid pattern may end within a quotation: `\Qa.b`.
            return try RegularExpression("\(prefix)(\(pattern)\\E)(?s:.*)", dotMatchesNewline: false)
        }
    }

    /// Returns the text with all matches replaced. `$1` in the replacement is what the first group matched.
    /// - Throws: `GoError` if the pattern is invalid, or the matches need more than `workLimit` bytes to be scanned.
    static func replaceAll(
        _ pattern: String, _ replacement: String, _ text: String, workLimit: Int = workLimit
    ) throws -> String {
        let expression: RegularExpression
        do throws(RegularExpressionError) {
            expression = try RegularExpression(pattern, dotMatchesNewline: false)
        } catch {
            let quoted = pattern.contains("`") ? goQuoted(pattern) : "`\(pattern)`"
            throw GoError("regexp: Compile(\(quoted)): \(error.description)")
        }
        var search = try Search(expression, Array(text.utf8), workLimit: workLimit)
        var result: [UInt8] = [], lastEnd = 0
        while let captures = try search.next(), let match = captures[0] {
            result += search.text[lastEnd..<match.lowerBound]
            // An empty match right after another match does not count.
            if match.upperBound > lastEnd || match.lowerBound == 0 {
                result += expression.expand(replacement, captures: captures, in: search.text.span)
            }
            lastEnd = match.upperBound
        }
        return String(decoding: result + search.text[lastEnd...], as: UTF8.self)
    }

    /// Finds one match after the other.
    private struct Search {
        let text: [UInt8]
        private var position = 0
        private var work = 0
        private let workLimit: Int
        /// The expressions for the beginning of the text and for later positions. The latter also reads the character
        /// before the position, which assertions can look at.
        private let first: RegularExpression, others: RegularExpression

        init(_ expression: RegularExpression, _ text: [UInt8], workLimit: Int) throws {
            self.text = text
            self.workLimit = workLimit
            first = try embed(expression.pattern, after: "(?s:.*?)")
            others = try embed(expression.pattern, after: "(?s:.)(?s:.*?)")
        }

        /// Returns the byte ranges of the next match and its groups; nil after the last match.
        mutating func next() throws -> [Range<Int>?]? {
            guard position <= text.count else { return nil }
            let start = position == 0 ? 0 : start(ofCharacterBefore: position)
            work += text.count - start
            guard work <= workLimit else { throw GoError("the text is too long for so many matches") }
            let rest = Array(text[start...])
            guard let found = (position == 0 ? first : others).captures(whole: rest.span) else { return nil }
            let captures = found.dropFirst().map { $0.map { $0.lowerBound + start..<$0.upperBound + start } }
            guard let match = captures[0] else { return nil }
            let width = position < text.count ? characterWidth(at: position) : 1
            position = max(position + width, match.upperBound)
            return captures
        }

        private func start(ofCharacterBefore position: Int) -> Int {
            var start = position - 1
            while start > 0, position - start < 4, text[start] & 0xc0 == 0x80 { start -= 1 }
            return start
        }

        private func characterWidth(at position: Int) -> Int {
            var end = position + 1
            while end < text.count, end - position < 4, text[end] & 0xc0 == 0x80 { end += 1 }
            return end - position
        }
    }
}
