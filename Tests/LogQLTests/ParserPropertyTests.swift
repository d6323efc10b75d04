import KTSDBTesting
import LogQL
import Testing

@Suite struct ParserPropertyTests {
    @Test(.enabled(if: ConformanceData.directory != nil, "\(ConformanceData.skipNotice)"))
    func `what is printed is parsed to what is printed the same way`() throws {
        var count = 0
        for text in try RecordedQueries.texts() {
            guard let expression = try? LogQLExpression(parsing: text) else { continue }
            if let problem = Self.problem(with: expression) { Issue.record("\(problem): \(text)") }
            count += 1
        }
        #expect(count > 500)
    }

    @Test(
        .enabled(if: ConformanceData.directory != nil, "\(ConformanceData.skipNotice)"),
        arguments: 0..<8 as Range<UInt64>)
    func `any text gives a query that is printed in a way that parses, or an error with a text`(seed: UInt64) throws {
        let texts = try RecordedQueries.texts()
        var mutator = QueryMutator(seed: seed)
        var queries = 0, errors = 0
        for _ in 0..<2500 {
            let text = mutator.mutated(texts)
            do throws(LogQLError) {
                let expression = try LogQLExpression(parsing: text)
                queries += 1
                if let problem = Self.problem(with: expression) { Issue.record("\(problem): \(text.debugDescription)") }
            } catch {
                errors += 1
                #expect(error.kind == .syntax)
                #expect(error.description.hasPrefix("parse error "), "\(error) of \(text.debugDescription)")
            }
        }
        #expect(queries > 200 && errors > 200, "\(queries) queries and \(errors) errors are too few of one kind.")
    }

    @Test(arguments: 0..<4 as Range<UInt64>)
    func `arbitrary characters give an error or a query`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let characters = Array("{}()[]|=~!<>+-*/%^,.\"`'\\#_ \n\t09aexbop5msKMBi값µ\u{0}👩".unicodeScalars)
        var errors = 0
        for _ in 0..<5000 {
            var text = String.UnicodeScalarView()
            for _ in 0..<random.below(40) { text.append(random.pick(characters)) }
            if (try? LogQLExpression(parsing: String(text))) == nil { errors += 1 }
        }
        #expect(errors > 4000)
    }

    /// What is wrong with the printed forms of a query.
    private static func problem(with expression: LogQLExpression) -> String? {
        let printed = expression.description
        // Numbers that are not finite have no literals, and sizes are rounded when they are printed.
        if ["NaN", "Inf", "1000kB", "1000MB", "1000GB", "1000TB"].contains(where: { printed.contains($0) }) {
            return nil
        }
        for text in [printed, expression.formatted()] {
            do throws(LogQLError) {
                let again = try LogQLExpression(parsing: text).description
                if again != printed { return "printed as \(text), and then as \(again)" }
            } catch {
                return "printed as \(text), which is an error: \(error)"
            }
        }
        return nil
    }
}
