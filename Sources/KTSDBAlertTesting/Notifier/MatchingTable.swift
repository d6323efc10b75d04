import KTSDBNotify

/// `am_matching.json`: what matchers match, and their text.
enum MatchingTable {
    static let table = AlertTable("am_matching.json") { entry in
        if let filter = entry["filter"] {
            let matcher = try NotifierTable.matcher(filter)
            try check(matcher.matches(NotifierTable.labels(entry["labels"])), is: entry["match"]?.flag)
        } else if let filter = entry["silence_filter"] {
            let silence = try NotifierTable.matchers(entry["silence_matchers"])
            try check(silence.isCovered(by: try NotifierTable.matchers(filter)), is: entry["match"]?.flag)
        } else if let pattern = entry["pattern"] {
            let name = entry["name"]?.text ?? "a", operation = try NotifierTable.operation(entry["op"])
            let matcher = try Matcher(name, operation, try NotifierTable.text(pattern))
            try check(matcher.matches(try NotifierTable.text(entry["value"])), is: entry["match"]?.flag)
        } else {
            try check(try NotifierTable.matcher(entry).description, is: entry["string"]?.text)
        }
    }
}
