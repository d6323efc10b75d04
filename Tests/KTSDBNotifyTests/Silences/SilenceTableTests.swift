import KTSDBModel
import KTSDBNotify
import Testing

@Suite struct SilenceTableTests {
    private typealias Case = AlertingTable.Case

    @Test func `silences match, live and are refused as in Alertmanager`() throws {
        for entry in try AlertingTable.cases("am_silences") {
            switch entry["what"] as? String {
            case "matches": try checkMatch(entry)
            case "state": try checkState(entry)
            case "can update": try checkUpdate(entry)
            case "matcher valid": try checkMatcher(entry)
            case "silence valid": try checkSilence(entry)
            default: Issue.record("\(entry)")
            }
        }
    }

    private func sets(_ value: Any?) throws -> [Matchers] {
        try #require(value as? [Any]).map { try AlertingTable.matchers($0) }
    }

    private func silence(_ entry: Case, sets: [Matchers] = []) -> Silence {
        Silence(
            matcherSets: sets, startsAt: AlertingTable.time(entry["starts_s"]) ?? .zero,
            endsAt: AlertingTable.time(entry["ends_s"]) ?? .zero,
            updatedAt: AlertingTable.time(entry["updated_s"]) ?? .zero)
    }

    private func checkMatch(_ entry: Case) throws {
        let silence = silence(entry, sets: try sets(entry["matcher_sets"]))
        #expect(silence.matches(AlertingTable.labels(entry["labels"])) == entry["match"] as? Bool, "\(entry)")
    }

    private func checkState(_ entry: Case) throws {
        let state = silence(entry).state(at: AlertingTable.now)
        #expect(state.rawValue == entry["state"] as? String, "\(entry)")
    }

    private func checkUpdate(_ entry: Case) throws {
        let old = silence(try #require(entry["old"] as? Case)), new = silence(try #require(entry["new"] as? Case))
        #expect(old.canBecome(new, at: AlertingTable.now) == entry["ok"] as? Bool, "\(entry)")
    }

    private func syntax(_ entry: Case) -> MatcherSyntax { entry["names"] as? String == "utf8" ? .utf8 : .classic }

    private func checkMatcher(_ entry: Case) throws {
        let matcher = try #require(entry["matcher"] as? Case)
        let operation = try #require(Matcher.Operation.allCases.first { $0.text == matcher["op"] as? String })
        var value = Array((matcher["value"] as? String ?? "").utf8)
        if matcher["value"] is Case { value = [0xff] }
        do {
            _ = try Silence.matcher(try AlertingTable.text(matcher["name"]), operation, value, syntax(entry))
            #expect(entry["valid"] as? Bool == true, "\(entry)")
        } catch let error as SilenceError {
            #expect(error.description.contains(entry["error"] as? String ?? "!"), "\(entry)")
        }
    }

    private func checkSilence(_ entry: Case) throws {
        let silence = silence(entry, sets: try sets(entry["matcher_sets"]))
        do {
            try silence.validate(syntax(entry))
            #expect(entry["valid"] as? Bool == true, "\(entry)")
        } catch {
            #expect(error.description.contains(entry["error"] as? String ?? "!"), "\(entry)")
        }
    }
}
