import KTSDBNotify
import KTSDBTesting
import Testing

@Suite struct MatcherTextTests {
    @Test func `a text of matchers of any kind gives an error or matchers that are read again the same`() throws {
        var generator = SeededGenerator(seed: 7)
        let pieces = [
            "a", "{", "}", ",", "=", "!", "~", "\"", "\\", "\\n", " ", "é", "🙂", "b.*", "[", "(", "`", "'", "0",
        ]
        for _ in 0..<4000 {
            let text = (0..<generator.below(9)).map { _ in generator.pick(pieces) }.joined()
            for syntax in [MatcherSyntax.utf8, .classic, .fallback] {
                guard let matchers = try? syntax.matchers(text) else { continue }
                // Alertmanager cannot read an empty name that it has written either.
                if matchers.list.contains(where: \.name.isEmpty) { continue }
                #expect(try MatcherSyntax.fallback.matchers(matchers.description) == matchers, "\(text)")
            }
        }
    }
}
