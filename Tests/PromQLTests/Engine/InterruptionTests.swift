import KTSDBModel
import PromQL
import Synchronization
import Testing

/// A clock that stands still for some looks, and from then on shows a time after all limits.
private final class LimitedClock: Sendable {
    private let start = ContinuousClock.now
    private let count = Atomic(0)
    private let limit: Int

    init(looks: Int) { limit = looks }

    /// How often somebody looked.
    var looks: Int { count.load(ordering: .relaxed) }

    func now() -> ContinuousClock.Instant {
        count.add(1, ordering: .relaxed).newValue > limit ? start + .seconds(86_400) : start
    }
}

/// One query for each function, aggregation and operator that there is, so that new ones are tested without a change
/// here.
private enum EveryQuery {
    static let texts: [String] = functions + aggregations + operators + others

    private static let functions = FunctionSignature.all.flatMap { signature in
        [signature.minimumArguments, min(signature.maximumArguments ?? .max, signature.minimumArguments + 2)].map {
            "\(signature.name)(\((0..<$0).map { argument($0, of: signature) }.joined(separator: ", ")))"
        }
    }

    private static func argument(_ index: Int, of signature: FunctionSignature) -> String {
        if signature.name == "info", index == 1 { return "{data=~\".*\"}" }
        return switch signature.argumentTypes[min(index, signature.argumentTypes.count - 1)] {
        case .vector: "x"
        case .matrix: "x[5m]"
        case .scalar: "0.5"
        case .string: "\"le\""
        }
    }

    private static let aggregations = AggregationOperator.allCases.flatMap { operation in
        let parameter =
            switch operation {
            case .topk, .bottomk, .limitk: "3, "
            case .quantile, .limitRatio: "0.5, "
            case .countValues: "\"value\", "
            default: ""
            }
        return ["\(operation.rawValue)(\(parameter)x)", "\(operation.rawValue) by (g) (\(parameter)x)"]
    }

    private static let operators = BinaryOperator.allCases.flatMap { operation in
        let sign = operation.rawValue
        return ["x \(sign) x", "x \(sign) on (n) x"]
            + (operation.isSet ? [] : ["x \(sign) 2", "x \(sign) on (n) group_left (g) x"])
    }

    private static let others = [
        "x", "-x", "x[5m]", "sum_over_time(x[5m:1s])", "max_over_time(rate(x[1m])[10m:10s])", "x @ 100", "x offset 1m",
        "sort_by_label(x, \"n\")", "\"text\"", "1 + 2", "time() + 1",
        "histogram_quantiles(x, \"q\", 0.1, 0.2, 0.3)", "label_replace(x, \"y\", \"$1$1\", \"n\", \"(.*)\")",
    ]
}

extension BinaryOperator {
    fileprivate var isSet: Bool { self == .and || self == .or || self == .unless }
}

@Suite struct `A query ends at its limit of time` {
    private static let source = TableSource(
        (0..<300).map { number in
            TableSource.Series(
                labels: [
                    "__name__": "x", "n": "\(number)", "g": "\(number % 3)", "le": "\(number % 7)", "instance": "i",
                    "job": "\(number % 5)",
                ],
                samples: (0..<12).map { Sample(timestamp: Timestamp(milliseconds: $0 * 15_000), value: Double($0)) })
        })

    /// What became of the query, and how often somebody looked at the clock.
    private func ask(_ text: String, looks limit: Int, isRange: Bool) throws -> (error: QueryError?, looks: Int) {
        let clock = LimitedClock(looks: limit)
        let engine = testEngine { options in
            options.clock = { clock.now() }
            options.threads = 2
        }
        let expression = try engine.expression(text)
        let start = Timestamp(milliseconds: 100_000), end = Timestamp(milliseconds: 180_000)
        do {
            _ =
                isRange
                ? try engine.evaluate(expression, text: text, over: start...end, step: .seconds(1), in: Self.source)
                : try engine.evaluate(expression, text: text, at: end, in: Self.source)
            return (nil, clock.looks)
        } catch {
            return (error, clock.looks)
        }
    }

    @Test("whatever it is doing when its time is over", arguments: EveryQuery.texts)
    func everyQuery(text: String) throws {
        for isRange in [false, true] {
            let (failure, all) = try ask(text, looks: .max, isRange: isRange)
            // Some mean nothing together, or for a range: then they are refused, but not for their time.
            if case .timeout = failure { Issue.record("\(text) timed out with a clock that stands still") }
            if case .invalidExpression = failure { continue }
            #expect(all >= 1, "\(text) never looks at the clock")
            // The first look tells when it began. All places are tried, or some of them.
            for looks in stride(from: 1, to: all, by: max(1, all / 8)) {
                let (error, count) = try ask(text, looks: looks, isRange: isRange)
                guard case .timeout = error else {
                    Issue.record(
                        "\(text) ends with \(error.map { "\($0)" } ?? "an answer") after look \(looks) of \(all)")
                    break
                }
                // Two threads may look at once, and what failed is looked at by both.
                #expect(count <= looks + 4, "\(text) goes on after its time is over")
            }
        }
    }

    @Test("also while it waits for a thread, and before it selects anything")
    func overBeforeItBegins() async throws {
        let clock = LimitedClock(looks: 1)
        let engine = testEngine { $0.clock = { clock.now() } }
        let source = HookedSource(Self.source, bound: 1_000_000)
        await #expect(throws: QueryError.self) {
            _ = try await engine.query("sum(x)", at: Timestamp(milliseconds: 180_000), in: source)
        }
        #expect(source.selections == 0)
    }

    @Test("while a long text is read")
    func longText() throws {
        let text = Array(repeating: "1", count: 500).joined(separator: " + "), clock = LimitedClock(looks: 2)
        let engine = testEngine { $0.clock = { clock.now() } }
        #expect {
            _ = try engine.prepare(text, limits: engine.limits())
        } throws: {
            if case .timeout? = $0 as? QueryError { true } else { false }
        }
        #expect(clock.looks <= 4)
        let prepared = try testEngine().prepare(text, limits: testEngine().limits())
        #expect(prepared.expression.type == .scalar)
        #expect(throws: QueryError.self) { try testEngine().prepare(text + "+", limits: testEngine().limits()) }
    }

    @Test("reads that are no queries have the same limits")
    func reads() async throws {
        let engine = testEngine { options in
            options.maximumBytesOfAllQueries = 1 << 20
            // Other tests may hold all threads for minutes.
            options.timeout = .seconds(86_400)
        }
        let limits = engine.limits()
        let value = try await engine.read(limits) { () -> Int in
            try limits.reserve(bytes: 1000)
            return 1
        }
        #expect(value == 1)
        #expect(engine.bytesInUse == 1000)
        await #expect {
            try await engine.read(limits) { try limits.reserve(bytes: 2 << 20) }
        } throws: {
            if case .memoryInUse? = $0 as? QueryError { true } else { false }
        }
        let cancellation = QueryCancellation()
        cancellation.cancel()
        await #expect {
            try await engine.read(engine.limits(cancellation: cancellation)) {}
        } throws: {
            if case .cancelled? = $0 as? QueryError { true } else { false }
        }
    }
}

@Suite struct `Labels that functions make` {
    private static let source = TableSource(
        (0..<2000).map { number in
            TableSource.Series(
                labels: ["__name__": "x", "i": "aaaaaaaaaaaaaaaaaaaaaaaa\(number)"],
                samples: [Sample(timestamp: Timestamp(milliseconds: 0), value: 1)])
        })

    @Test(
        "are counted before they are made",
        arguments: [
            "count(label_replace(x, \"y\", \"\(String(repeating: "${1}", count: 400))\", \"i\", \"(.*)\"))",
            "count(label_join(x, \"y\", \"\(String(repeating: "s", count: 5000))\", \"i\", \"i\", \"i\"))",
            "label_replace(x, \"y\", \"\(String(repeating: "${1}", count: 400))\", \"i\", \"(.*)\")",
            "count(label_replace(label_replace(x, \"y\", \"\(String(repeating: "${1}", count: 100))\", \"i\", \"(.*)\"), "
                + "\"z\", \"\(String(repeating: "${1}", count: 10))\", \"y\", \"(.*)\"))",
            "x * on (i) group_left (y) label_join(x, \"y\", \"\(String(repeating: "s", count: 5000))\", \"i\", \"i\")",
        ])
    func areCounted(text: String) throws {
        let engine = testEngine { $0.maximumBytes = 4 << 20 }
        #expect {
            _ = try engine.result(text, at: 0, in: Self.source)
        } throws: {
            if case .tooMuchMemory? = $0 as? QueryError { true } else { false }
        }
    }

    @Test("are refused when they are longer than labels can be, and never cut")
    func tooLong() throws {
        let value = String(repeating: "a", count: 1 << 20)
        let source = TableSource([
            TableSource.Series(
                labels: ["__name__": "x", "a": value],
                samples: [Sample(timestamp: Timestamp(milliseconds: 0), value: 1)])
        ])
        let names = Array(repeating: "\"a\"", count: 16).joined(separator: ", ")
        #expect(throws: QueryError.self) {
            try testEngine().result("label_join(x, \"b\", \"\", \(names))", at: 0, in: source)
        }
        let fifteen = Array(repeating: "\"a\"", count: 15).joined(separator: ", ")
        let result = try testEngine().result("label_join(x, \"b\", \"\", \(fifteen))", at: 0, in: source)
        guard case .vector(let elements) = result.value else { return #expect(Bool(false)) }
        #expect(elements[0].labels["b"]?.utf8.count == 15 << 20)
    }
}
