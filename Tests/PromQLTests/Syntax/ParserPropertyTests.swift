import KTSDBModel
import KTSDBTesting
import PromQL
import Testing

@Suite struct `Parsing and printing` {
    @Test(arguments: 0..<12 as Range<UInt64>)
    func `any text gives a tree that prints to the same tree, or errors with places in the text`(seed: UInt64) {
        var fuzzer = ParserFuzzer(seed: seed)
        for round in 0..<400 {
            let recipe = ParserFuzzer.Recipe.allCases[round % ParserFuzzer.Recipe.allCases.count]
            if let problem = fuzzer.next(recipe) { Issue.record("\(problem)") }
        }
        #expect(fuzzer.expressions > 60, "The generator should write valid expressions.")
    }

    @Test(arguments: ["-+(5m) ^ 2", "+-(5m) ^ 2", "--(5m) ^ 2", "-+step() * 3", "-(5m)", "-+(5m)"])
    func `an offset with several signs prints to the same duration`(offset: String) throws {
        let expression = try parse("x offset \(offset)")
        #expect(structure(try parse(expression.description)) == structure(expression), "\(expression)")
    }

    @Test(arguments: [
        ("Inf ^ 2", "+Inf ^ 2"), ("-Inf ^ x", "-+Inf ^ x"), (#""a\xff\377ü\ufffd""#, #""a\xff\xffü\ufffd""#),
        (#"count_values('\xc5"', x)"#, #"count_values("\xc5\"", x)"#),
        ("x offset NaN", "x offset --106751d23h47m16s854ms"),
    ])
    func `odd literals print as Prometheus prints them`(text: String, printed: String) throws {
        #expect(try parse(text).description == printed)
    }

    @Test(arguments: [
        ("(", "1", ")"), ("-", "x", ""), ("abs(", "x", ")"), ("sum(", "x", ")"), ("2^", "1", ""), ("", "x", "[1m:]"),
        ("x[", "5m", "]"), ("x offset (", "5m", ")"), ("x[-", "1", "]"),
        ("x[1^", "1", "]"), ("x[", "5m", "+1"), ("sum by (a) (", "x", ")"), ("x{", "", "}"), ("x[min_of(", "1", ",1)]"),
    ])
    func `what nests too deeply is an error`(open: String, middle: String, close: String) throws {
        let count = 200_000
        let text = String(repeating: open, count: count) + middle + String(repeating: close, count: count)
        #expect(throws: ParseErrors.self) { try parse(text, options: .everything) }
    }

    @Test(arguments: [
        ("(", "1", ")"), ("-", "x", ""), ("abs(", "x", ")"), ("", "1", "+1"), ("2^", "1", ""), ("", "x", " or y"),
    ])
    func `what nests deeply is an expression like any other`(open: String, middle: String, close: String) throws {
        let count = 590
        let text = String(repeating: open, count: count) + middle + String(repeating: close, count: count)
        let expression = try parse(text)
        #expect(structure(try parse(expression.description)) == structure(expression))
        #expect(structure(try parse(expression.pretty())) == structure(expression))
        let result = try PromQLEngine().evaluate(
            expression, at: Timestamp(milliseconds: 0), in: ReferenceDatabase())
        #expect(result.warnings.isEmpty)
    }
}
