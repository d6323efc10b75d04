import KTSDBTools
import Testing

@Suite struct RuleTestCheckTests {
    private let rules = """
        groups:
          - name: g
            rules:
              - alert: A
                expr: up == 0
                for: 5m
                labels: {severity: page}
              - record: job:up:sum
                expr: sum by (job) (up)
              - alert: Unloved
                expr: vector(1)

        """

    private func test(_ body: String) -> String {
        """
        rule_files: [r.yml]
        evaluation_interval: 1m
        tests:
          - name: first
            interval: 1m
            input_series: [{series: 'up{job="a"}', values: '1 0x20'}]
        \(body)

        """
    }

    private func run(_ body: String, _ flags: String = "") throws -> (output: ToolOutput, scene: Scene) {
        let scene = try Scene(["r.yml": rules, "t.yml": test(body)])
        return (scene.promtool("test rules \(flags) t.yml"), scene)
    }

    private let passing = """
            alert_rule_test:
              - {eval_time: 6m, alertname: A, exp_alerts: [{exp_labels: {severity: page, job: a}}]}
              - {eval_time: 5m, alertname: A}
            promql_expr_test:
              - {expr: 'job:up:sum', eval_time: 0, exp_samples: [{labels: 'job:up:sum{job="a"}', value: 1}]}
        """
    private let failing = "    alert_rule_test: [{eval_time: 3m, alertname: A, exp_alerts: [{exp_labels: {job: a}}]}]"

    @Test func `A test that passes says so`() throws {
        let output = try run(passing).output
        #expect(output.output == "Unit Testing:  t.yml\n  SUCCESS\n\n")
        #expect(output.errors == "")
        #expect(output.code == 0)
    }

    @Test func `A test that fails shows what was expected and what came`() throws {
        let output = try run(failing).output
        #expect(output.code == 1)
        #expect(output.output == "Unit Testing:  t.yml\n\n\n")
        #expect(
            output.errors == """
                  FAILED:
                    name: first,
                    alertname: A, time: 3m, \n        exp:[
                            0:
                              Labels:{alertname="A", job="a"}
                              Annotations:{}
                            ], \n        got:[]

                """)
    }

    @Test func `The report for JUnit is one line of XML, with Go's escapes`() throws {
        let (output, scene) = try run(failing + "\n  - {name: 'b<c>&\"d\"'}", "--junit=out.xml")
        #expect(output.code == 1)
        let text = try scene.files.text("out.xml")
        #expect(
            text.hasPrefix(
                "<testsuites><testsuite name=\"t.yml\" tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"0\" "
                    + "timestamp=\"2027-01-15T08:00:00\"><testcase name=\"first\"><failure>    name: first,&#xA;"
                    + "    alertname: A, "))
        #expect(text.contains("Labels:{alertname=&#34;A&#34;, job=&#34;a&#34;}"))
        #expect(
            text.hasSuffix(
                "</failure></testcase><testcase name=\"b&lt;c&gt;&amp;&#34;d&#34;\"></testcase></testsuite></testsuites>"
            ))
    }

    @Test func `A file that cannot be read is an error in the report`() throws {
        let scene = try Scene(["t.yml": "tests: [{colour: red}]\n"])
        let output = scene.promtool("test rules --junit out.xml t.yml")
        #expect(
            output.errors
                == "  FAILED:\nyaml: unmarshal errors:\n  line 1: field colour not found in type main.testGroup\n")
        #expect(
            try scene.files.text("out.xml")
                == "<testsuites><testsuite name=\"t.yml\" tests=\"1\" failures=\"0\" errors=\"1\" skipped=\"0\" "
                + "timestamp=\"\"><testcase name=\"unknown\"><error>yaml: unmarshal errors:&#xA;  line 1: field colour "
                + "not found in type main.testGroup</error></testcase></testsuite></testsuites>")
    }

    @Test func `Tests are chosen by names`() throws {
        #expect(try run(failing, "--run=second").output.code == 0)
        #expect(try run(failing, "--run=second --run=^fir").output.code == 1)
        let output = try run(failing, "--run=(").output
        #expect(output.code == 1)
        #expect(output.errors.contains("missing closing )"))
    }

    @Test func `A difference has colours`() throws {
        let output = try run(failing, "--diff").output
        let red = "\u{1b}[0;31m", end = "\u{1b}[0m"
        #expect(
            output.errors == """
                  FAILED:
                    name: first,
                    alertname: A, time: 3m, \n        diff: [
                                {
                                    "Annotations": {},
                                    "Labels": {
                                        \(red)"alertname": "A"\(end),
                                        \(red)"job": "a"\(end)
                                    }
                                }
                            ]

                """)
    }

    @Test func `Debugging prints all series`() throws {
        let output = try run(passing, "--debug").output
        #expect(output.code == 0)
        #expect(
            output.errors.hasPrefix(
                "DEBUG: Starting test first\nDEBUG: Dump of all data (input_series and rules) at 6m1s:\n"))
        #expect(output.errors.contains("{__name__=\"job:up:sum\", job=\"a\"} =>\n0 @[60000]\n"))
        #expect(output.errors.contains("DEBUG: Test first finished, took "))
    }

    @Test func `Coverage names the rules that no test touches`() throws {
        let output = try run(passing, "--coverage").output
        #expect(
            output.output.hasSuffix(
                """
                Coverage:
                  r.yml: 2 of 3 rules
                    r.yml:10: group "g", rule 3, "Unloved": no test touches it

                """), "\(output.output)")
        let silent = try run("    alert_rule_test: [{eval_time: 3m, alertname: A}]", "--coverage").output
        #expect(
            silent.output.contains("r.yml:4: group \"g\", rule 1, \"A\": tests look at it, and none expects it to fire")
        )
    }

    @Test func `It is explained why an alert does not fire`() throws {
        let output = try run(failing, "--explain").output.output
        #expect(output.contains("EXPLAIN: test first\n  r.yml: group \"g\": alert A: up == 0, for 5m\n"))
        #expect(
            output.contains(
                "    0s: up = {__name__=\"up\", job=\"a\"} 1 → no alert: the condition holds for no series\n"))
        #expect(output.contains("is pending since 1m, fires at 6m\n"))
        #expect(
            output.contains(
                "the test at 3m expects 1 alert(s), 0 fire(s) at the evaluation of 3m; 1 pending, 3m too early"))
    }

    @Test func `A rule file that is missing is a warning, one that is bad fails each test`() throws {
        let scene = try Scene([
            "t.yml": "rule_files: [nosuch.yml]\ntests: []\n", "b.yml": "rule_files: [r.yml]\ntests: [{}, {}]\n",
            "r.yml": "groups: [{rules: []}]\n",
        ])
        let missing = scene.promtool("test rules t.yml")
        #expect(missing.errors == "  WARNING: no file match pattern nosuch.yml\n")
        #expect(missing.code == 0)
        let bad = scene.promtool("test rules b.yml")
        let line = "r.yml: 1:10: Groupname must not be empty\n"
        #expect(bad.errors == "  FAILED:\n\(line)\(line)")
    }

    @Test func `Hostile tests end in errors`() throws {
        for values in ["0x99999999999", "a"] {
            let scene = try Scene([
                "t.yml": "tests: [{input_series: [{series: a, values: '\(values)'}], promql_expr_test: [{expr: a}]}]\n"
            ])
            #expect(scene.promtool("test rules t.yml").code == 1, "\(values)")
        }
        let endless = "tests: [{interval: 1ms, promql_expr_test: [{expr: a, eval_time: 100y}]}]\n"
        let scene = try Scene(["t.yml": "evaluation_interval: 1ms\n" + endless])
        #expect(scene.promtool("test rules t.yml").errors.contains("evaluations and may have"))
    }
}
