import KTSDBModel
import Testing

@testable import KTSDBScrape

@Suite struct `Building targets` {
    private static func group(_ address: String, _ labels: Labels = [:]) -> TargetGroup {
        TargetGroup(addresses: [address], labels: labels)
    }

    private static func job(_ fields: String) throws -> ScrapeJob {
        try Configuration.parse("scrape_configs: [{job_name: j, \(fields)}]", path: "p").jobs[0]
    }

    @Test func `goes over new groups alone, and reports their problems once`() throws {
        let job = try Self.job("relabel_configs: [{source_labels: [__address__], regex: 'b:.*', action: drop}]")
        let bad = Self.group("x:1", ["__scrape_interval__": "never"])
        let first = BuiltTargets([Self.group("a:1"), Self.group("b:1"), bad], job: job, known: [:])
        #expect(first.targets.count == 1 && first.droppedCount == 1 && first.invalidCount == 1)
        #expect(first.dropped.map(\.rule) == [0] && first.problems.count == 1)
        // What is known is not made again, not even by other rules.
        let other = try Self.job("relabel_configs: [{source_labels: [__address__], regex: 'a:.*', action: drop}]")
        let second = BuiltTargets(
            [Self.group("a:1"), Self.group("a:2"), bad, bad], job: other, known: first.outcomes)
        #expect(second.targets.values.map(\.seed.address) == ["a:1"])
        #expect(second.droppedCount == 1 && second.invalidCount == 2 && second.problems.isEmpty)
        #expect(second.outcomes.count == 3)
    }

    @Test func `keeps as many dropped targets as the job wants, and counts all`() throws {
        let job = try Self.job("keep_dropped_targets: 2, relabel_configs: [{action: drop}]")
        let built = BuiltTargets((0..<5).map { Self.group("a:\($0)") }, job: job, known: [:])
        #expect(built.dropped.count == 2 && built.droppedCount == 5 && built.targets.isEmpty)
    }
}
