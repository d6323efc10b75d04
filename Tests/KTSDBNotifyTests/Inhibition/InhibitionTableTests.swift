import KTSDBModel
import KTSDBNotify
import Testing

@Suite struct InhibitionTableTests {
    private typealias Case = AlertingTable.Case

    @Test func `alerts are inhibited as in Alertmanager`() throws {
        for entry in try AlertingTable.cases("am_inhibition") {
            let ignoresMatchers = entry["matchers_ignored"] as? Bool == true
            let rules = try #require(entry["rules"] as? [Case]).map { try rule($0, ignoresMatchers) }
            var inhibitor = Inhibitor(rules)
            for source in try #require(entry["sources"] as? [Case]) {
                // Where matchers are ignored, a label makes every source a source, and the target none.
                let labels = AlertingTable.labels(source["labels"])
                let alert = ReceivedAlert(
                    labels: ignoresMatchers ? labels.setting("source", to: "1") : labels,
                    startsAt: AlertingTable.time(source["starts_s"]) ?? .zero,
                    endsAt: AlertingTable.time(source["ends_s"]), updatedAt: AlertingTable.now)
                inhibitor.update(alert, at: AlertingTable.now)
            }
            let target = AlertingTable.labels(entry["target"])
            let isMuted = inhibitor.inhibition(of: target, at: AlertingTable.now) != nil
            #expect(isMuted == entry["muted"] as? Bool, "\(entry)")
        }
    }

    private func rule(_ entry: Case, _ ignoresMatchers: Bool) throws -> InhibitionRule {
        var configuration = InhibitionRuleConfiguration()
        configuration.equal = entry["equal"] as? [String] ?? []
        if ignoresMatchers { configuration.sourceMatchers = Matchers([Matcher("source", equals: "1")]) }
        configuration.sourceMatch = AlertingTable.keyValues(entry["source_match"])
        configuration.sourceMatchRE = AlertingTable.keyValues(entry["source_match_re"])
        configuration.targetMatch = AlertingTable.keyValues(entry["target_match"])
        configuration.targetMatchRE = AlertingTable.keyValues(entry["target_match_re"])
        if let texts = entry["source_matchers"] as? [String] { configuration.sourceMatchers = try matchers(texts) }
        if let texts = entry["target_matchers"] as? [String] { configuration.targetMatchers = try matchers(texts) }
        return try InhibitionRule(configuration)
    }

    private func matchers(_ texts: [String]) throws -> Matchers {
        Matchers(try texts.flatMap { try MatcherSyntax.fallback.matchers($0).list })
    }
}
