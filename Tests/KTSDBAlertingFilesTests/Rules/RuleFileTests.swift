import KTSDBAlertingFiles
import KTSDBConfiguration
import KTSDBRules
import KTSDBTesting
import Testing

@Suite struct RuleFileTests {
    private func problems(_ text: String) -> [String] {
        do throws(RuleFileError) {
            _ = try RuleFile.read(text, file: "r.yml")
            return []
        } catch { return error.problems }
    }

    @Test func `All problems are reported with their places`() {
        let text = """
            groups:
              - name: g
                labels: {__name__: x}
                rules:
                  - record: a
                    alert: b
                    expr: up
                  - {alert: c, expr: sum(up, labels: {__name__: d}, annotations: {e: '{{ $f }}'}}
              - name: g
              - rules: []
            """
        #expect(
            problems(text) == [
                "invalid label name: __name__",
                "5:17: 6:16: group \"g\", rule 1, \"b\": "
                    + "only one of 'record' and 'alert' must be set",
                "8:26: group \"g\", rule 2, \"c\": could not parse expression: 1:7: parse error: "
                    + "unclosed left parenthesis",
                "group \"g\", rule 2, \"c\": invalid label name: __name__",
                "group \"g\", rule 2, \"c\": annotation \"e\": template: __alert_c:1: undefined variable \"$f\"",
                "9:5: groupname: \"g\" is repeated in the same file", "10:5: Groupname must not be empty",
            ])
    }

    @Test func `Aliases and merged mappings are read`() throws {
        let text = """
            groups:
              - name: g
                rules:
                  - &a {alert: &n A, expr: &e up, labels: &l {x: y}, for: 1m}
                  - {<<: *a, alert: B, labels: {<<: *l, z: w}}
                  - {record: *n, expr: *e}
            """
        let rules = try RuleFile.read(text, file: "r.yml").groups[0].rules
        let merged = AlertingRule(name: "B", expression: "up", for: .seconds(60), labels: ["x": "y", "z": "w"])
        #expect(rules[1] == .alerting(merged) && rules[2] == .recording(RecordingRule(name: "A", expression: "up")))
    }

    @Test func `A file of aliases does not become millions of rules`() {
        let rules = String(repeating: "*r,", count: 2000), groups = String(repeating: "*g,", count: 2000)
        let text = "groups: [&g {name: g, rules: &l [&r {record: a, expr: b},\(rules)]},\(groups)]"
        #expect(problems(text) == ["the file has more than 200000 rules"])
    }

    @Test(arguments: 0..<4 as Range<UInt64>) func `Any text gives rules or an error`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let text =
            "groups: [{name: g, interval: 1m, rules: [{alert: a, expr: up, for: 1s, labels: {b: '{{ $value }}'}}]}]"
        let pieces = ["[", "]", "{", "}", ": ", "- ", "\n", " ", "~", "0", "&a ", "*a", "<<: ", "'", "---\n"]
        for _ in 0..<200 {
            var characters = Array(text)
            for _ in 0..<(1 + generator.below(3)) {
                let place = generator.below(characters.count)
                characters[place...place] = Array(generator.pick(pieces))[...]
            }
            _ = problems(String(characters))
            _ = try? RuleTestFile.read(String(characters), file: "t.yml")
        }
    }

    @Test(arguments: [
        (".nan", Double.nan), (".NaN", .nan), (".inf", .infinity), ("-.Inf", -.infinity), ("1e3", 1000),
        ("'.inf'", nil), ("NaN", nil),
    ]) func `An expected value may be no finite number`(text: String, value: Double?) throws {
        let tests = "tests: [{promql_expr_test: [{expr: a, exp_samples: [{value: \(text)}]}]}]"
        let read = try? RuleTestFile.read(tests, file: "t.yml").tests.tests[0].expressionTests[0].samples[0].value
        #expect(read?.description == value?.description)
    }

    /// The bytes of a file of the seed, which lies next to the conformance data.
    private func readSeed(_ path: String) throws -> [UInt8] {
        try readFile(ConformanceData.expectedDirectory + "/../seed/" + path)
    }

    @Test func `The seed's unit tests pass`() throws {
        guard ConformanceData.directory != nil else { return print(ConformanceData.skipNotice) }
        let tests = String(decoding: try readSeed("alerts-test.yml"), as: UTF8.self)
        let rules = String(decoding: try readSeed("monitoring/prometheus/alerts/api-alerts.yml"), as: UTF8.self)
        let file = try RuleTestFile.read(tests, file: "alerts-test.yml").tests
        let groups = try RuleFile.read(rules, file: "api-alerts.yml").groups
        #expect(!file.tests.isEmpty && RuleTestRunner().run(file, groups: groups).failures == [])
    }
}
