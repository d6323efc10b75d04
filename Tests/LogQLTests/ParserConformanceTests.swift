import KTSDBTesting
import LogQL
import Testing

@Suite(.enabled(if: ConformanceData.directory != nil, "\(ConformanceData.skipNotice)"))
struct ParserConformanceTests {
    /// Queries that are refused though Loki takes them.
    private static let refused = [
        "p406": "variants(…) of (…) was an experiment that Loki has removed since."
    ]

    @Test func `texts are taken, printed and refused as Loki does`() throws {
        var taken = (right: 0, all: 0), printed = (right: 0, all: 0), refused = (right: 0, all: 0)
        for example in try RecordedQueries.parserCases() where Self.refused[example.id] == nil {
            let answer = example.answer
            do throws(LogQLError) {
                let text = try LogQLExpression.formatted(example.query)
                taken.all += 1
                printed.all += 1
                if answer.ok { taken.right += 1 }
                if text == answer.formatted { printed.right += 1 }
                #expect(answer.ok, "\(example.id) is taken: \(example.query)")
                #expect(text == answer.formatted, "\(example.id)")
            } catch {
                taken.all += 1
                refused.all += 1
                if !answer.ok { taken.right += 1 }
                if error.description == answer.error { refused.right += 1 }
                #expect(!answer.ok, "\(example.id) is refused: \(example.query)")
                #expect(error == LogQLError(.syntax, answer.error ?? ""), "\(example.id)")
            }
        }
        print(
            "parser.json: \(taken.right) of \(taken.all) taken or refused, \(printed.right) of \(printed.all) printed, "
                + "\(refused.right) of \(refused.all) error texts")
        #expect(taken.all > 200)
    }

    @Test func `queries that run are parsed`() throws {
        for example in try RecordedQueries.parserCases() where example.answer.runs == true {
            #expect(throws: Never.self, "\(example.id)") { try LogQLExpression(parsing: example.query) }
        }
    }

    @Test func `a name that has to be quoted is printed, but does not run`() throws {
        let example = try #require(try RecordedQueries.parserCases().first { $0.id == "p029" })
        #expect(try LogQLExpression.formatted(example.query) == example.answer.formatted)
        #expect(throws: LogQLError(.syntax, example.answer.error ?? "")) {
            try LogQLExpression(parsing: example.query)
        }
    }
}
