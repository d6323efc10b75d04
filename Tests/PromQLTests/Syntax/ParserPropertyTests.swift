import KTSDBModel
import KTSDBTesting
import PromQL
import Testing

@Suite struct `Parsing and printing` {
    @Test(arguments: 0..<12 as Range<UInt64>)
    func `every expression prints to one that has the same tree`(seed: UInt64) throws {
        var generator = ExpressionGenerator(seed: seed)
        var valid = 0
        for _ in 0..<100 {
            let text = generator.vector(4)
            guard let expression = try? parse(text, options: .everything) else { continue }
            valid += 1
            for printed in [expression.description, expression.pretty(maximumWidth: 20)] {
                do {
                    let again = try parse(printed, options: .everything)
                    #expect(structure(again) == structure(expression), "\(text) printed as \(printed)")
                    #expect(again.description == expression.description, "\(text)")
                } catch {
                    Issue.record("\(text) printed as \(printed): \(error)")
                }
            }
        }
        #expect(valid > 30, "The generator should write valid expressions.")
    }

    @Test(arguments: 0..<10 as Range<UInt64>)
    func `any bytes give a tree or errors with places in the text`(seed: UInt64) {
        var generator = ExpressionGenerator(seed: seed)
        for round in 0..<300 {
            var bytes: [UInt8]
            if round % 3 == 0 {
                bytes = (0..<generator.random.below(60)).map { _ in UInt8.random(in: 0...255, using: &generator.random)
                }
            } else {
                bytes = Array(generator.vector(3).utf8)
                for _ in 0...generator.random.below(3) where !bytes.isEmpty {
                    let index = generator.random.below(bytes.count)
                    switch generator.random.below(4) {
                    case 0: bytes.remove(at: index)
                    case 1: bytes[index] = UInt8.random(in: 0...255, using: &generator.random)
                    case 2: bytes.insert(generator.random.pick("()[]{},:@\"'`=~!<>+-*/%^#. \n0a_xm".utf8), at: index)
                    default: bytes.removeSubrange(index...)
                    }
                }
            }
            check(bytes)
        }
    }

    @Test(arguments: 0..<10 as Range<UInt64>)
    func `any tokens in any order give a tree or errors with places in the text`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let tokens = [
            "sum", "by", "without", "on", "ignoring", "group_left", "group_right", "bool", "offset", "@", "start",
            "end",
            "(", ")", "[", "]", "{", "}", ",", ":", "=", "=~", "!=", "!~", "==", "<", ">=", "</", "+", "-", "*", "/",
            "%",
            "^", "atan2", "and", "or", "unless", "1", "5m", "x", "a:b", "\"s\"", "`r`", "rate", "topk", "step()",
            "min_of",
            "anchored", "smoothed", "fill(1)", "fill_left", "inf", "# c\n", "5m1h", "0x", "1e", "$",
        ]
        for _ in 0..<400 {
            let count = 1 + random.below(14)
            check(
                Array((0..<count).map { _ in random.pick(tokens) }.joined(separator: random.oneIn(3) ? "" : " ").utf8))
        }
    }

    private func check(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        do {
            let expression = try parse(utf8: bytes, options: .everything)
            #expect(expression.range.upperBound <= bytes.count, "\(text)")
        } catch {
            #expect(!error.errors.isEmpty, "\(text)")
            for problem in error.errors {
                #expect(problem.range.lowerBound >= 0 && problem.range.upperBound <= bytes.count, "\(text): \(problem)")
                #expect(!problem.message.isEmpty && problem.description.contains("parse error: "), "\(text)")
            }
        }
    }

    @Test(arguments: [
        ("(", "1", ")"), ("-", "x", ""), ("abs(", "x", ")"), ("sum(", "x", ")"), ("", "1", "+1"), ("", "x", " or y"),
        ("2^", "1", ""), ("", "x", "[1m:]"), ("x[", "5m", "]"), ("x offset (", "5m", ")"), ("x[-", "1", "]"),
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
