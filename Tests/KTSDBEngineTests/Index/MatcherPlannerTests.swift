import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Testing

/// An index that looks at every series each time, in memory.
private struct NaiveIndex: PostingsSource {
    struct Term {
        var name: [UInt8], value: [UInt8]
    }

    let series: [Labels]
    /// How many values were looked at by their numbers.
    let looks = Looks()
    final class Looks {
        var count = 0
    }
    /// The same as dictionaries.
    let labels: [[String: String]]

    init(series: [Labels]) {
        self.series = series
        labels = series.map { Dictionary(uniqueKeysWithValues: $0.map { ($0.name, $0.value) }) }
    }

    var seriesBound: Int { series.count }
    var lookupCost: Int { 4 }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    func appendAllSeries(to list: inout [UInt32], limits: (any ReadLimits)?) {
        list.append(contentsOf: 0..<UInt32(series.count))
    }
    func names() -> [[UInt8]] { names(of: Array(0..<UInt32(series.count)), limits: nil) }
    private func values(_ name: [UInt8]) -> Set<String> { Set(labels.compactMap { $0[text(name)] }) }
    func valueCount(of name: [UInt8]) -> Int { values(name).count }
    func term(_ name: [UInt8], _ value: [UInt8]) -> Term? {
        values(name).contains(text(value)) ? Term(name: name, value: value) : nil
    }
    func terms(of name: [UInt8], accepting condition: ValueCondition, limits: (any ReadLimits)?) throws(ReadError)
        -> [Term]
    {
        var terms: [Term] = []
        for value in values(name) where try condition.accepts(Array(value.utf8).span) {
            terms.append(Term(name: name, value: Array(value.utf8)))
        }
        return terms
    }
    func values(of name: [UInt8], in wanted: SeriesBitmap?, limit: Int, limits: (any ReadLimits)?) -> [[UInt8]] {
        let numbers = series.indices.filter { wanted?.contains(UInt32($0)) ?? true }
        let values = Set(numbers.compactMap { labels[$0][text(name)] }).map { Array($0.utf8) }
        return Array(values.sorted { $0.lexicographicallyPrecedes($1) }.prefix(limit))
    }
    func seriesCount(of term: Term) -> Int { labels.count { $0[text(term.name)] == text(term.value) } }
    func appendSeries(of term: Term, to list: inout [UInt32]) {
        for (number, labels) in labels.enumerated() where labels[text(term.name)] == text(term.value) {
            list.append(UInt32(number))
        }
    }
    func valueNumbers(of name: [UInt8], series numbers: [UInt32], limits: (any ReadLimits)?) -> [UInt32?] {
        let values = values(name).sorted()
        return numbers.map { number in
            labels[Int(number)][text(name)].map { value in UInt32(values.firstIndex(of: value)!) }
        }
    }
    func value(_ number: UInt32, of name: [UInt8]) -> [UInt8] {
        looks.count += 1
        return Array(values(name).sorted()[Int(number)].utf8)
    }
    func names(of numbers: [UInt32], limits: (any ReadLimits)?) -> [[UInt8]] {
        Set(numbers.flatMap { labels[Int($0)].keys }).map { Array($0.utf8) }.sorted { $0.lexicographicallyPrecedes($1) }
    }
}

@Suite("Matcher resolution")
struct MatcherPlannerTests {
    private let index = NaiveIndex(series: [
        ["__name__": "up", "job": "api", "instance": "a"], ["__name__": "up", "job": "db", "instance": "b"],
        ["__name__": "up", "instance": "c"], ["__name__": "down", "job": "api"],
    ])

    @Test("matchers that accept the empty value select series without the label")
    func emptyMatches() throws {
        #expect(try MatcherPlanner.resolve([.equal("job", "")], in: index) == [2])
        #expect(try MatcherPlanner.resolve([.notEqual("job", "")], in: index) == [0, 1, 3])
        #expect(try MatcherPlanner.resolve([.notEqual("job", "api")], in: index) == [1, 2])
        #expect(try MatcherPlanner.resolve([.matches("job", ".*")], in: index) == [0, 1, 2, 3])
        #expect(try MatcherPlanner.resolve([.matches("job", "api|")], in: index) == [0, 2, 3])
        #expect(try MatcherPlanner.resolve([.doesNotMatch("job", "api|")], in: index) == [1])
        #expect(try MatcherPlanner.resolve([.matches("job", ".+")], in: index) == [0, 1, 3])
        #expect(try MatcherPlanner.resolve([.doesNotMatch("job", ".+")], in: index) == [2])
        #expect(try MatcherPlanner.resolve([.doesNotMatch("job", ".*")], in: index) == [])
        #expect(try MatcherPlanner.resolve([.equal("missing", "")], in: index) == [0, 1, 2, 3])
        #expect(try MatcherPlanner.resolve([], in: index) == [0, 1, 2, 3])
    }

    @Test("a value that many candidates have is looked at once")
    func oneLook() throws {
        let series = (0..<1000).map { number in
            Labels([("__name__", "m"), ("half", "\(number % 2)"), ("v", number < 900 ? "long" : "\(number)")])
        }
        let index = NaiveIndex(series: series)
        let found = try index.filter(Array(0..<1000), .matches("v", "(long|99.)"), limits: nil)
        #expect(found == Array(0..<900) + Array(990..<1000))
        #expect(index.looks.count == 101)
        #expect(try index.values(of: Array("v".utf8), ofFew: Array(0..<902), limit: 2, limits: nil).count == 2)
        #expect(index.looks.count == 101 + 3)
    }

    @Test("several matchers on one label all count")
    func sameLabel() throws {
        #expect(try MatcherPlanner.resolve([.equal("job", "api"), .equal("job", "db")], in: index) == [])
        #expect(try MatcherPlanner.resolve([.notEqual("job", ""), .matches("job", "a.*")], in: index) == [0, 3])
        #expect(try MatcherPlanner.resolve([.notEqual("job", "db"), .notEqual("job", "api")], in: index) == [2])
    }

    @Test("random matchers select what a look at every series selects", arguments: 0..<40 as Range<UInt64>)
    func againstModel(seed: UInt64) throws {
        var generator = LabelGenerator(seed: seed)
        let index = NaiveIndex(series: generator.labelSets([5, 60, 200][Int(seed % 3)]))
        for _ in 0..<40 {
            let matchers = try (0..<Int.random(in: 0...4, using: &generator.random)).map { _ in try generator.matcher()
            }
            let expected = index.series.indices.filter { number in
                matchers.allSatisfy { $0.matches(index.series[number]) }
            }
            #expect(try MatcherPlanner.resolve(matchers, in: index) == expected.map(UInt32.init), "\(matchers)")
            let name = LabelGenerator.names.randomElement(using: &generator.random)!
            let values = Set(expected.compactMap { index.labels[$0][name] })
                .map { Array($0.utf8) }.sorted { $0.lexicographicallyPrecedes($1) }
            #expect(try MatcherPlanner.labelValues(of: name, matching: matchers, in: index) == values)
            #expect(
                try MatcherPlanner.labelValues(of: name, matching: matchers, limit: 2, in: index)
                    == Array(values.prefix(2))
            )
            let names = index.names(of: expected.map(UInt32.init), limits: nil)
            #expect(try MatcherPlanner.labelNames(matching: matchers, in: index) == names)
            #expect(try MatcherPlanner.labelNames(matching: matchers, limit: 1, in: index) == Array(names.prefix(1)))
        }
    }
}
