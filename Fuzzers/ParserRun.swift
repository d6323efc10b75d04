import KTSDBTesting

/// Runs the parser fuzzer until the time is up, and prints each problem.
/// - Returns: Whether there were no problems.
func runParserFuzzer(seed: UInt64, for time: Duration) -> Bool {
    let end = ContinuousClock.now + time
    var seed = seed, texts = 0, expressions = 0, problems = 0
    while ContinuousClock.now < end {
        var fuzzer = ParserFuzzer(seed: seed)
        for recipe in ParserFuzzer.Recipe.allCases {
            for _ in 0..<2000 {
                guard let problem = fuzzer.next(recipe) else { continue }
                problems += 1
                print("seed \(seed): \(problem)")
            }
        }
        texts += fuzzer.texts
        expressions += fuzzer.expressions
        seed += 1
    }
    print("\(texts) texts, \(expressions) of them expressions, \(problems) problems; the next seed is \(seed)")
    return problems == 0
}
