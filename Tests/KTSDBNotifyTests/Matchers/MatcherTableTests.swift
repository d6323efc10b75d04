import KTSDBModel
import KTSDBNotify
import KTSDBTesting
import Testing

@testable import KTSDBNotify

@Suite struct MatcherTableTests {
    @Test func `matchers are read as Alertmanager reads them`() throws {
        for entry in try AlertingTable.cases("am_matchers") {
            guard let input = entry["input"] as? String else { continue }
            let result = Result { try read(input, entry) }
            if entry["valid"] as? Bool == true {
                let wanted = try AlertingTable.matchers(entry["matchers"])
                #expect(throws: Never.self, "\(entry)") { try #expect(result.get() == wanted, "\(entry)") }
            } else {
                let error = #expect(throws: MatcherError.self, "\(entry)") { try result.get() }
                if let wanted = entry["error"] as? String { #expect(error?.description == wanted) }
            }
        }
    }

    private func read(_ input: String, _ entry: AlertingTable.Case) throws -> Matchers {
        let isSingle = entry["single"] as? Bool == true
        switch entry["parser"] as? String {
        case "utf8" where isSingle: return Matchers([try MatcherParser.matcher(input)])
        case "utf8": return try MatcherSyntax.utf8.matchers(input)
        case "classic" where isSingle: return Matchers([try MatcherSyntax.classic.matcher(input)])
        case "classic": return try MatcherSyntax.classic.matchers(input)
        case _ where isSingle: return Matchers([try MatcherSyntax.fallback.matcher(input)])
        default: return try MatcherSyntax.fallback.matchers(input)
        }
    }

    @Test func `matchers match and are written as Alertmanager does`() throws {
        for entry in try AlertingTable.cases("am_matching") {
            if let filter = entry["filter"] as? AlertingTable.Case {
                let matcher = try AlertingTable.matchers([filter]).list[0]
                #expect(matcher.matches(AlertingTable.labels(entry["labels"])) == entry["match"] as? Bool, "\(entry)")
            } else if let filter = entry["silence_filter"] {
                let silence = try AlertingTable.matchers(entry["silence_matchers"])
                let filters = try AlertingTable.matchers(filter)
                #expect(silence.isCovered(by: filters) == entry["match"] as? Bool, "\(entry)")
            } else if let pattern = entry["pattern"] {
                let name = entry["name"] ?? "a"
                let matcher = try AlertingTable.matchers(
                    [["name": name, "op": entry["op"] ?? "", "value": pattern] as AlertingTable.Case]
                ).list[0]
                #expect(matcher.matches(try AlertingTable.text(entry["value"])) == entry["match"] as? Bool, "\(entry)")
            } else {
                #expect(try AlertingTable.matchers([entry]).list[0].description == entry["string"] as? String)
            }
        }
    }

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
