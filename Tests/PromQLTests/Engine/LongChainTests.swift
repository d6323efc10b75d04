import Foundation
import KTSDBModel
import KTSDBTesting
import PromQL
import Testing

/// Runs `body` on a thread with a stack as small as those of event loops and of other languages' runtimes.
private func onSmallStack<T: Sendable>(
    _ byteCount: Int = 512 << 10, _ body: @escaping @Sendable () throws -> T
) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
        let thread = Thread { continuation.resume(with: Result { try body() }) }
        thread.stackSize = byteCount
        thread.start()
    }
}

@Suite struct `A chain of operators` {
    static let source = TableSource([
        "x{a=\"1\"}": [1, 2, 3, 4], "x{a=\"2\"}": [5, 6, 7, 8], "y{a=\"1\"}": [2, nil, 2, 2], "z{a=\"3\"}": [nil, 9],
    ])

    private static func chain(_ leaf: String, _ operation: String, _ count: Int) -> String {
        [String](repeating: leaf, count: count).joined(separator: " \(operation) ")
    }

    @Test(arguments: [
        ("1", "+", 100_000, "100000"), ("time()", "+", 20_000, "0"), ("vector(1)", "or", 5_000, "{} 1"),
        ("vector(1)", "and", 5_000, "{} 1"), ("vector(1)", "unless", 5_000, ""), ("vector(1)", "-", 5_000, "{} -4998"),
        ("nothing{a=\"1\"}", "or", 5_000, ""), ("nothing", "* on (a)", 5_000, ""),
        ("1", "> bool", 20_000, "0"), ("2", "*", 1_000, "1.0715086071862673e+301"),
    ])
    func `is as long as its text makes it, on any stack`(
        leaf: String, operation: String, count: Int, result: String
    ) async throws {
        let text = Self.chain(leaf, operation, count)
        let found = try await onSmallStack { () -> String in
            let engine = testEngine()
            let expression = try parse(text)
            #expect(expression.description == text)
            #expect(expression.pretty().utf8.count >= text.utf8.count)
            #expect(expression.type == (leaf == "1" || leaf == "2" || leaf == "time()" ? .scalar : .vector))
            _ = try engine.lines(text, from: 0, to: 120, step: 60, in: Self.source)
            switch try engine.result(text, at: 0, in: Self.source).value {
            case .scalar(let sample):
                return Int(exactly: sample.value).map { "\($0)" } ?? "\(sample.value)"
            default: return try engine.lines(text, at: 0, in: Self.source).joined()
            }
        }
        #expect(found == result)
    }

    @Test func `with a scalar at each operator, it is long too`() async throws {
        let lines = try await onSmallStack {
            try testEngine().lines("x" + String(repeating: " + 1", count: 5_000), at: 0, in: Self.source)
        }
        #expect(lines == ["{a=\"1\"} 5001", "{a=\"2\"} 5005"])
    }

    @Test func `is explained however long it is`() async throws {
        for count in [3, 2_000] {
            let text = Self.chain("x", "or", count)
            let engine = testEngine()
            let explanation = try await engine.explain(
                engine.prepare(text), at: Timestamp(milliseconds: 0), in: Self.source)
            #expect(explanation.result.lines.count == 2)
            #expect(explanation.description.split(separator: "\n").count >= count)
            if count == 2_000 {
                #expect(explanation.plan.operation == "1999 operators in a row")
                #expect(explanation.plan.children.count == count)
                #expect(explanation.plan.series == 2)
            }
        }
    }

    @Test func `copies of it are independent, and freed one by one`() async throws {
        try await onSmallStack {
            guard case .binary(let node) = try parse(Self.chain("1", "+", 50_000)) else { throw CancellationError() }
            var copy = node
            let tail = copy.left
            copy.left = try parse("2")
            #expect(copy.chain.operators.count == 1 && node.chain.operators.count == 49_999)
            guard case .binary(let rest) = tail else { throw CancellationError() }
            #expect(rest.chain.operators.count == 49_998)
        }
    }

    @Test(arguments: ["(", "-", "abs(", "2 ^ ", "x[1m:1m] + sum(", "1 + (1 + "])
    func `is no nesting, and nesting has a limit`(part: String) async throws {
        let text = String(repeating: part, count: 100_000) + "1"
        // Unoptimised, a level takes some thousand bytes.
        try await onSmallStack(8 << 20) {
            do throws(ParseErrors) {
                _ = try parse(text)
                Issue.record("parsed")
            } catch {
                #expect("\(error)".contains("expression is nested more than 600 levels deep"))
            }
        }
    }

    /// Against the same with a parenthesis for each operator.
    @Test(arguments: 0..<60) func `gives what it gives in parentheses`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        // From those that bind strongest to those that bind weakest: then the parentheses change nothing.
        let levels = [
            ["*", "/ on (a)", "%"], ["+", "-", "+ ignoring (b)"], ["> bool", "<=", "!="], ["and", "unless on (a)"],
            ["or", "or on (a)"],
        ]
        let engine = testEngine()
        for _ in 0..<20 {
            var plain = "", nested = "", isVector = false
            for (level, operators) in levels.enumerated() {
                for _ in 0..<Int.random(in: 0...3, using: &random) {
                    let scalars = level < 3 ? ["2", "time()"] : []
                    var leaf = (["x", "y", "x @ 60", "z", "y offset 1m"] + scalars).randomElement(using: &random)!
                    if level == 3, !isVector || plain.isEmpty { leaf = "x" }
                    let isScalar = leaf == "2" || leaf == "time()"
                    let operation = operators.randomElement(using: &random)!
                    guard !plain.isEmpty else {
                        (plain, nested, isVector) = (leaf, leaf, !isScalar)
                        continue
                    }
                    // Between scalars there is no matching, and a comparison wants `bool`.
                    let bare = String(operation.prefix { $0 != " " })
                    let used = isVector && !isScalar ? operation : level == 2 ? bare + " bool" : bare
                    if level >= 3, !isVector { continue }
                    plain += " \(used) \(leaf)"
                    nested = "(\(nested)) \(used) \(leaf)"
                    isVector = isVector || !isScalar
                }
            }
            guard !plain.isEmpty else { continue }
            let expected = Result { try engine.lines(nested, from: 0, to: 180, step: 60, in: Self.source) }
            let found = Result { try engine.lines(plain, from: 0, to: 180, step: 60, in: Self.source) }
            switch (expected, found) {
            case (.success(let expected), .success(let found)): #expect(expected == found, "\(plain)")
            case (.failure(let expected), .failure(let found)): #expect("\(expected)" == "\(found)", "\(plain)")
            default: Issue.record("\(plain): \(expected), \(found)")
            }
        }
    }
}
