import KTSDBNotify

/// `am_matchers.json`: how matchers are read.
enum MatcherTable {
    static let table = AlertTable("am_matchers.json") { entry in
        let input = try NotifierTable.text(entry["input"])
        let isValid = entry["valid"]?.flag == true
        do {
            let found = try read(input, entry)
            try check(isValid, entry["error"]?.text ?? "an error", got: found)
            try check(found, is: try NotifierTable.matchers(entry["matchers"]))
        } catch let error as MatcherError {
            try check(!isValid, "matchers", got: error)
            if let wanted = entry["error"]?.text { try check(error.description, is: wanted) }
        }
    }

    private static func read(_ input: String, _ entry: TableValue) throws -> Matchers {
        let isSingle = entry["single"]?.flag == true
        switch entry["parser"]?.text {
        case "utf8" where isSingle: return Matchers([try MatcherParser.matcher(input)])
        case "utf8": return try MatcherSyntax.utf8.matchers(input)
        case "classic" where isSingle: return Matchers([try MatcherSyntax.classic.matcher(input)])
        case "classic": return try MatcherSyntax.classic.matchers(input)
        case _ where isSingle: return Matchers([try MatcherSyntax.fallback.matcher(input)])
        default: return try MatcherSyntax.fallback.matchers(input)
        }
    }
}
