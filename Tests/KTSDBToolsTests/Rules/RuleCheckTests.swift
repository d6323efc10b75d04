import KTSDBTesting
import KTSDBTools
import Testing

@Suite struct RuleCheckTests {
    private let good = "groups: [{name: g, rules: [{record: a, expr: up}]}]\n"
    private let bad = "groups:\n- name: g\n  rules:\n  - {alert: A, expr: up +}\n  - {alert: B, expr: sum(up}\n"
    private let twice = """
        groups:
        - name: g
          rules:
          - {record: a, expr: up, labels: {x: y}}
          - {record: a, expr: up, labels: {x: y}}

        """

    @Test func `All errors of all files are shown, the good files as well`() throws {
        let output = try Scene(["a.yml": good, "b.yml": bad, "c.yml": bad]).promtool("check rules a.yml b.yml c.yml")
        #expect(output.code == 1)
        #expect(output.output == "Checking a.yml\n  SUCCESS: 1 rules found\n\nChecking b.yml\n\nChecking c.yml\n\n")
        let problems = output.errors.split(separator: "\n")
        #expect(problems.count == 6)
        #expect(
            problems[1]
                == "b.yml: 4:22: group \"g\", rule 1, \"A\": could not parse expression: 1:5: parse error: "
                + "unexpected end of input")
        #expect(problems[5].hasPrefix("c.yml: 5:22: group \"g\", rule 2, \"B\": could not parse expression"))
    }

    @Test func `Standard input is read without arguments, and problems have no file`() throws {
        let output = try Scene(input: bad).promtool("check rules")
        #expect(output.output == "Checking standard input\n\n")
        #expect(output.errors.hasPrefix("  FAILED:\n4:22: group \"g\", rule 1, \"A\""))
        #expect(output.code == 1)
    }

    @Test(arguments: [("", Int32(0)), ("--lint-fatal", 3), ("--lint=none --lint-fatal", 0), ("--lint=all", 0)])
    func `Duplicates are shown as failed and count only if lints are fatal`(flags: String, code: Int32) throws {
        let output = try Scene(["a.yml": twice]).promtool("check rules \(flags) a.yml")
        #expect(output.code == code)
        let text = "lint error 1 duplicate rule(s) found.\nMetric: a\nLabel(s):\n\tx: y\n"
        #expect(output.errors.contains(text) == !flags.contains("none"))
    }

    @Test func `Labels of the group count for duplicates`() throws {
        let text = """
            groups:
            - {name: g, labels: {x: y}, rules: [{record: a, expr: up}]}
            - {name: h, rules: [{record: a, expr: up, labels: {x: y}}, {record: a, expr: up}]}

            """
        let output = try Scene(["a.yml": text]).promtool("check rules a.yml")
        #expect(output.errors.contains("lint error 1 duplicate rule(s) found.\nMetric: a\nLabel(s):\n\tx: y\n"))
    }

    @Test func `An unknown lint is a warning`() throws {
        let output = try Scene(["a.yml": good]).promtool("check rules --lint=nosuch,duplicate-rules a.yml")
        #expect(output.output.hasPrefix("WARNING: unknown lint option: \"nosuch\"\nChecking a.yml\n"))
        #expect(output.code == 0)
    }

    @Test(arguments: [
        ("nosuch.yml", "ktsdb: error: path 'nosuch.yml' does not exist, try --help\n"),
        ("d", "ktsdb: error: 'd' is a directory, try --help\n"),
    ])
    func `A path that is no file ends the command`(path: String, error: String) throws {
        let output = try Scene(["d/a.yml": good]).promtool("check rules \(path)")
        #expect(output.errors == error)
        #expect(output.output == "")
        #expect(output.code == 1)
    }

    @Test func `A text that is not YAML is reported twice, as Prometheus reads it twice`() throws {
        let output = try Scene(["a.yml": "groups: [\n", "b.yml": "groups: []\ngroups: []\n"])
            .promtool("check rules a.yml b.yml")
        #expect(
            output.errors == """
                  FAILED:
                a.yml: yaml: line 1: did not find expected node content
                a.yml: yaml: line 1: did not find expected node content
                  FAILED:
                b.yml: yaml: unmarshal errors:
                  line 2: mapping key "groups" already defined at line 1
                b.yml: yaml: unmarshal errors:
                  line 2: mapping key "groups" already defined at line 1

                """)
    }

    @Test func `Hostile files end in errors`() throws {
        let deep = String(repeating: "[", count: 100_000)
        let laughs = "a: &a [x,x,x,x,x,x,x,x]\n" + (0..<20).map { "b\($0): &b\($0) [*a,*a,*a]\n" }.joined()
        let scene = try Scene([
            "deep.yml": deep, "laughs.yml": laughs, "zero.yml": "groups: \u{0}\n",
            "long.yml": "groups: [{name: \(String(repeating: "x", count: 1 << 20))}]\n",
        ])
        for file in ["deep.yml", "laughs.yml", "zero.yml"] {
            #expect(scene.promtool("check rules \(file)").code == 1, "\(file)")
        }
        #expect(scene.promtool("check rules long.yml").code == 0)
        let bytes = ToolFiles(root: scene.directory.path) { [0xff, 0xfe, 0x00] }
        #expect(PromtoolCommand.run(["check", "rules"], files: bytes).code == 1)
    }

    @Test func `Variables that are not set are errors, or are listed`() throws {
        let text = "groups: [{name: g, interval: '${KTSDB_NO_SUCH}', rules: []}]\n"
        let scene = try Scene(["a.yml": text])
        #expect(scene.promtool("check rules a.yml").code == 1)
        var options = ToolOptions()
        options.allowUnsetVariables()
        let output = scene.promtool("check rules a.yml", options: options)
        #expect(output.code == 0)
        #expect(output.output.hasSuffix("  UNSET: a.yml:1: KTSDB_NO_SUCH is not set\n"))
    }
}
