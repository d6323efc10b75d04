import KTSDBModel
import KTSDBNotify

/// `am_silences.json`: what silences match, how they live, and which are refused.
enum SilenceTable {
    static let table = AlertTable("am_silences.json") { entry in
        switch entry["what"]?.text {
        case "matches":
            let silence = silence(entry, sets: try sets(entry["matcher_sets"]))
            try check(silence.matches(NotifierTable.labels(entry["labels"])), is: entry["match"]?.flag)
        case "state": try check(silence(entry).state(at: NotifierTable.now).rawValue, is: entry["state"]?.text)
        case "can update":
            let old = silence(try need(entry["old"])), new = silence(try need(entry["new"]))
            try check(old.canBecome(new, at: NotifierTable.now), is: entry["ok"]?.flag)
        case "matcher valid": try checkMatcher(entry)
        case "silence valid": try checkSilence(entry)
        default: try check(false, "a check of \(entry["what"]?.text ?? "")")
        }
    }

    private static func sets(_ value: TableValue?) throws -> [Matchers] {
        try need(value?.array).map { try NotifierTable.matchers($0) }
    }

    private static func silence(_ entry: TableValue, sets: [Matchers] = []) -> Silence {
        Silence(
            matcherSets: sets, startsAt: NotifierTable.time(entry["starts_s"]) ?? .zero,
            endsAt: NotifierTable.time(entry["ends_s"]) ?? .zero,
            updatedAt: NotifierTable.time(entry["updated_s"]) ?? .zero)
    }

    private static func syntax(_ entry: TableValue) -> MatcherSyntax {
        entry["names"]?.text == "utf8" ? .utf8 : .classic
    }

    private static func checkMatcher(_ entry: TableValue) throws {
        let matcher = try need(entry["matcher"]), operation = try NotifierTable.operation(matcher["op"])
        let value = matcher["value"]?.isObject == true ? [0xff] : Array((matcher["value"]?.text ?? "").utf8)
        try compare(entry) {
            _ = try Silence.matcher(try NotifierTable.text(matcher["name"]), operation, value, syntax(entry))
        }
    }

    private static func checkSilence(_ entry: TableValue) throws {
        let silence = silence(entry, sets: try sets(entry["matcher_sets"]))
        try compare(entry) { try silence.validate(syntax(entry)) }
    }

    private static func compare(_ entry: TableValue, _ body: () throws -> Void) throws {
        let isValid = entry["valid"]?.flag == true
        do {
            try body()
        } catch let error as SilenceError {
            try check(!isValid, "no error", got: error)
            return try check(error: error.description, contains: entry["error"]?.text)
        }
        try check(isValid, entry["error"]?.text ?? "an error", got: "no error")
    }
}
