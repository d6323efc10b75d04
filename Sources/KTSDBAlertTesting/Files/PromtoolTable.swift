import KTSDBAlertingFiles
import KTSDBModel
import KTSDBRules
import KTSDBTools

/// `promtool.json`: commands of promtool 3 on a file or on standard input, and whether they are content.
enum PromtoolTable {
    static let table = AlertTable("promtool.json") { table, folder, result in
        let files = try files(table, folder)
        for (index, test) in table.list.enumerated() {
            result.check(test.caseName(index)) { try check(test, files) }
        }
    }

    /// The files of all cases: configurations name files of other cases, and some that another table has.
    private static func files(_ table: TableValue, _ folder: AlertTableFolder) throws -> [String: String] {
        var files: [String: String] = [:]
        for entry in (try? folder.value("rule_files.json"))?.list ?? [] {
            guard let file = entry["file"]?.text, file.hasPrefix("promtool/") else { continue }
            files["testdata/" + file.dropFirst("promtool/".count)] = entry["text"]?.text
        }
        for entry in table.list {
            if let file = entry["file"]?.text { files[file] = entry["text"]?.text ?? files[file] }
        }
        return files
    }

    private static func check(_ test: TableValue, _ files: [String: String]) throws {
        let command = test["command"]?.text ?? "", isInput = test["stdin"]?.flag == true
        var files = files
        if let file = test["file"]?.text, test["text"] == nil { files[file] = nil }
        let scene = try ToolScene(files, input: isInput ? test["text"]?.text ?? "" : "")
        let path = isInput ? nil : test["file"]?.text
        if command.contains("sd") { return try checkTargets(test, path, scene) }
        let line =
            command.split(separator: " ").map(String.init) + (test["args"]?.texts ?? []) + (path.map { [$0] } ?? [])
        let output = PromtoolCommand.run(line, files: scene.files)
        if let code = test["exit"]?.integer { try KTSDBAlertTesting.check(Int(output.code), is: code, output.errors) }
        if let isValid = test["valid"]?.flag {
            try KTSDBAlertTesting.check(output.code == 0, is: isValid, output.errors)
        }
        if let error = test["error"]?.text { try KTSDBAlertTesting.check(error: output.errors, contains: error) }
        if let has = test["stderr_has_lint"]?.flag {
            try KTSDBAlertTesting.check(output.errors.contains("testMetric_CamelCase"), is: has, "findings")
        }
        if let has = test["stdout_has_cardinality"]?.flag {
            try KTSDBAlertTesting.check(output.output.contains("Cardinality"), is: has, "the table")
        }
        if let wanted = test["duplicates"]?.array { try checkDuplicates(wanted, path, scene) }
    }

    private static func checkTargets(_ test: TableValue, _ path: String?, _ scene: ToolScene) throws {
        var problem: String?
        do throws(ToolFileError) { _ = try TargetFile.groups(path ?? "", scene.files) } catch {
            problem = error.description
        }
        try KTSDBAlertTesting.check(problem, is: test["error"]?.text)
    }

    private static func checkDuplicates(_ wanted: [TableValue], _ path: String?, _ scene: ToolScene) throws {
        let file = try RuleFileReading(ToolOptions()).read(try need(path), in: scene.files)
        let found = DuplicateRules(file.groups).duplicates.map { duplicate in
            [duplicate.name] + duplicate.labels.map { "\($0.name)=\($0.text)" }
        }
        let expected = wanted.map { entry in
            [entry["metric"]?.text ?? ""]
                + (entry["labels"]?.textMembers ?? [:]).map { "\($0)=\($1)" }.sorted()
        }
        try KTSDBAlertTesting.check(found, is: expected)
    }
}
