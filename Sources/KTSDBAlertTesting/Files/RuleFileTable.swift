import KTSDBAlertingFiles
import KTSDBNotify
import KTSDBRules
import PromQL

/// `rule_files.json`: which rule files are accepted, and why others are refused.
enum RuleFileTable {
    static let table = AlertTable("rule_files.json") { entry in
        let isValid = entry["valid"]?.flag == true
        let file: RuleFile
        do {
            file = try read(try need(entry["text"]?.text), entry)
        } catch let error as RuleFileError {
            try check(!isValid, "no error", got: error)
            return try check(error: error.problems.first ?? "", contains: entry["error"]?.text)
        }
        try check(isValid, entry["error"]?.text ?? "an error", got: file.groups)
        if let count = entry["groups"]?.integer { try check(file.groups.count, is: count, "groups") }
        let warning = file.warnings.joined(separator: "\n")
        try check(warning.isEmpty, is: entry["warning"] == nil, "whether there is no warning")
        try check(error: warning, contains: entry["warning"]?.text)
    }

    private static func read(_ text: String, _ entry: TableValue) throws -> RuleFile {
        var options = RuleFile.Options(), engine = EngineOptions()
        if entry["needs"] != nil { engine.parser = .everything }
        options.language = PromQLRuleLanguage(PromQLEngine(engine))
        options.names = entry["names"]?.text == "legacy" ? .classic : .utf8
        return try RuleFile.read(text, file: "rules.yml", options: options)
    }
}
