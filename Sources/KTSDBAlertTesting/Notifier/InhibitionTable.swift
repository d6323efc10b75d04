import KTSDBModel
import KTSDBNotify

/// `am_inhibition.json`: which alerts mute others.
enum InhibitionTable {
    static let table = AlertTable("am_inhibition.json") { entry in
        let ignoresMatchers = entry["matchers_ignored"]?.flag == true
        var inhibitor = Inhibitor(try need(entry["rules"]?.array).map { try rule($0, ignoresMatchers) })
        for source in try need(entry["sources"]?.array) {
            inhibitor.update(alert(source, ignoresMatchers), at: NotifierTable.now)
        }
        let target = NotifierTable.labels(entry["target"])
        try check(inhibitor.inhibition(of: target, at: NotifierTable.now) != nil, is: entry["muted"]?.flag)
    }

    /// Where matchers are ignored, a label makes every source a source, and the target none.
    private static func alert(_ source: TableValue, _ ignoresMatchers: Bool) -> ReceivedAlert {
        let labels = NotifierTable.labels(source["labels"])
        return ReceivedAlert(
            labels: ignoresMatchers ? labels.setting("source", to: "1") : labels,
            startsAt: NotifierTable.time(source["starts_s"]) ?? .zero,
            endsAt: NotifierTable.time(source["ends_s"]), updatedAt: NotifierTable.now)
    }

    private static func rule(_ entry: TableValue, _ ignoresMatchers: Bool) throws -> InhibitionRule {
        var configuration = InhibitionRuleConfiguration()
        configuration.equal = entry["equal"]?.texts ?? []
        if ignoresMatchers { configuration.sourceMatchers = Matchers([Matcher("source", equals: "1")]) }
        configuration.sourceMatch = NotifierTable.keyValues(entry["source_match"])
        configuration.sourceMatchRE = NotifierTable.keyValues(entry["source_match_re"])
        configuration.targetMatch = NotifierTable.keyValues(entry["target_match"])
        configuration.targetMatchRE = NotifierTable.keyValues(entry["target_match_re"])
        if let texts = entry["source_matchers"]?.texts { configuration.sourceMatchers = try matchers(texts) }
        if let texts = entry["target_matchers"]?.texts { configuration.targetMatchers = try matchers(texts) }
        return try InhibitionRule(configuration)
    }

    private static func matchers(_ texts: [String]) throws -> Matchers {
        Matchers(try texts.flatMap { try MatcherSyntax.fallback.matchers($0).list })
    }
}
