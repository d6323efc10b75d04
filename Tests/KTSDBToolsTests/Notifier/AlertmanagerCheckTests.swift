import KTSDBConfiguration
import KTSDBTools
import Testing

@Suite struct AlertmanagerCheckTests {
    private func check(_ files: [String: String], _ paths: [String], lint: String = "none", allows: Bool = false) throws
        -> ToolOutput
    {
        var options = ToolOptions()
        options.variables = Variables([:])
        if allows { options.allowUnsetVariables() }
        let scene = try Scene(files)
        return withExtendedLifetime(scene) {
            AlertmanagerCheck(LintSelection(rules: lint), scene.files, options).run(paths)
        }
    }

    private let good = "route: {receiver: a}\nreceivers: [{name: a}]\n"

    @Test func `A valid file is described, and files are counted that are not`() throws {
        let output = try check(["a.yml": good, "b.yml": "route: [\n", "c.yml": ""], ["a.yml", "b.yml", "c.yml"])
        #expect(
            output.output == """
                Checking 'a.yml'  SUCCESS
                Found:
                 - global config
                 - route
                 - 0 inhibit rules
                 - 1 receivers
                 - 0 templates

                Checking 'b.yml'  FAILED: yaml: line 1: did not find expected node content

                Checking 'c.yml'  FAILED: no route provided in config


                """)
        #expect(output.errors == "ktsdb: error: failed to validate 2 file(s)\n")
        #expect(output.code == 1)
    }

    @Test func `Templates are parsed`() throws {
        let files = ["d/a.yml": good + "templates: ['*.tmpl']\n", "d/x.tmpl": "{{ define \"x\" }}{{ .Status "]
        let output = try check(files, ["d/a.yml"])
        #expect(output.output.hasSuffix(" - 1 templates\n  FAILED: template: x.tmpl:1: unclosed action\n\n"))
        #expect(output.code == 1)
    }

    @Test func `A pattern of templates that is not closed is an error`() throws {
        let output = try check(["a.yml": good + "templates: ['[a']\n"], ["a.yml"])
        #expect(output.output.hasSuffix(" - 1 templates\n  FAILED: syntax error in pattern\n\n"), "\(output.output)")
        #expect(output.code == 1)
    }

    @Test func `Empty documents may follow`() throws {
        for end in ["---\n", "...\n", "---\n# nothing\n---\n"] {
            #expect(try check(["a.yml": good + end], ["a.yml"]).code == 0, "\(end)")
        }
    }

    @Test func `What follows the first document does not count, and is a warning`() throws {
        for end in ["---\na: b\n", "---\n[broken\n", "...\n---\nroute: {}\n"] {
            let output = try check(["a.yml": good + end], ["a.yml"])
            #expect(output.code == 0 && output.output.contains("SUCCESS"), "\(output.output)")
            #expect(output.errors.hasPrefix("  WARNING: a.yml: only the first YAML document is read"), "\(end)")
        }
        for start in ["---\n---\n", "null\n---\n"] {
            let output = try check(["a.yml": start + good], ["a.yml"])
            #expect(output.code == 1 && output.output.contains("FAILED: no route provided in config"), "\(start)")
        }
    }

    @Test func `An error about a value names its line`() throws {
        let output = try check(["a.yml": "route:\n  receiver: b\nreceivers: [{name: a}]\n"], ["a.yml"])
        #expect(output.output.contains("FAILED: undefined receiver \"b\" used in route\n"))
        #expect(output.errors.hasPrefix("  at a.yml:2\n"), "\(output.errors)")
    }

    @Test func `A kind that ktsdb does not deliver is a warning with its line`() throws {
        let text = """
            route: {receiver: a}
            receivers:
              - name: a
                sns_configs:
                  - {topic_arn: 'arn:aws:sns:us-east-2:1:t', sigv4: {}}

            """
        let output = try check(["a.yml": text], ["a.yml"])
        #expect(output.code == 0, "\(output.output)")
        #expect(
            output.errors.hasPrefix("  WARNING: a.yml:5: receiver \"a\": sns_configs: this version does not deliver"))
    }

    @Test func `Variables that are not set are an error, or are listed`() throws {
        let text = "global: {slack_api_url: '${URL}'}\n" + good
        #expect(try check(["a.yml": text], ["a.yml"]).code == 1)
        let output = try check(["a.yml": text], ["a.yml"], allows: true)
        #expect(output.code == 0)
        #expect(output.output.hasSuffix("  UNSET: a.yml:1: URL is not set\n"))
    }
}
