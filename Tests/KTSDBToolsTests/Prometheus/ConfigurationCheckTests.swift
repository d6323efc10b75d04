import KTSDBTools
import Testing

@Suite struct ConfigurationCheckTests {
    private func check(
        _ text: String, _ flags: String = "", files: [String: String] = [:]
    ) throws -> ToolOutput {
        try Scene(files.merging(["p.yml": text]) { $1 }).promtool("check config \(flags) p.yml")
    }

    @Test(arguments: [
        (
            "scrape_configs:\n- job_name: a\n  foo: 1\n  relabel_configs: [{foo: 1}]\n  static_configs: [{targts: []}]\n",
            """
            yaml: unmarshal errors:
              line 3: field foo not found in type config.ScrapeConfig
              line 4: field foo not found in type relabel.plain
              line 5: field targts not found in type struct { Targets []string "yaml:\\"targets\\""; \
            Labels model.LabelSet "yaml:\\"labels\\"" }
            """
        ),
        ("not-prometheus:\n", "yaml: unmarshal errors:\n  line 1: field not-prometheus not found in type config.plain"),
        ("scrape_configs: 5\n", "line 1: cannot unmarshal !!int `5` into []*config.ScrapeConfig"),
        ("global: {scrape_interval: soon}\n", "not a valid duration string: \"soon\""),
        ("scrape_configs:\n- {job_name: a}\n- {job_name: a}\n", "found multiple scrape configs with job name \"a\""),
        ("scrape_configs:\n- {metrics_path: /}\n", "job_name is empty"),
        (
            "scrape_configs:\n- {job_name: a, scrape_interval: 5s, scrape_timeout: 10s}\n",
            "scrape timeout greater than scrape interval for scrape config with job name \"a\""
        ),
        (
            "scrape_configs:\n- {job_name: a, relabel_configs: [{regex: '(', target_label: b}]}\n",
            "error parsing regexp: missing closing ): `^(?s:()$`"
        ),
        ("rule_files: [a/*/b.yml]\n", "invalid rule file path \"a/*/b.yml\""),
        ("a: [\n", "yaml: line 1: did not find expected node content"),
        (
            "alerting: {alertmanagers: [{static_configs: [{targets: ['http://a/b']}]}]}\n",
            "\"http://a/b\" is not a valid hostname"
        ),
    ])
    func `Errors of the file are those of Prometheus`(text: String, error: String) throws {
        let output = try check(text)
        #expect(output.errors.contains(error), "\(output.errors)")
        #expect(output.errors.hasPrefix("  FAILED: parsing YAML file p.yml: "))
        #expect(output.output == "Checking p.yml\n\n")
        #expect(output.code == 1)
    }

    @Test func `Rule files are checked, and those that are missing are named`() throws {
        let good = "groups: [{name: g, rules: [{record: a, expr: up}]}]\n"
        let output = try check("rule_files: [r/*.yml]\n", files: ["r/a.yml": good, "r/b.yml": "groups: [{}]\n"])
        #expect(
            output.output == """
                Checking p.yml
                  SUCCESS: 2 rule files found
                 SUCCESS: p.yml is valid prometheus config file syntax

                Checking r/a.yml
                  SUCCESS: 1 rules found

                Checking r/b.yml


                """)
        #expect(output.errors == "  FAILED:\n     r/b.yml: 1:10: Groupname must not be empty\n")
        let missing = try check("rule_files: [nosuch.yml]\n")
        #expect(missing.errors == "  FAILED: \"nosuch.yml\" does not point to an existing file\n")
        #expect(try check("rule_files: [nosuch.yml]\n", "--syntax-only").code == 0)
        #expect(try check("rule_files: ['no*.yml']\n").code == 0)
    }

    @Test(arguments: [
        (
            "authorization: {credentials_file: nosuch}",
            "error checking authorization credentials or bearer token file \"nosuch\": stat nosuch: "
                + "no such file or directory"
        ),
        (
            "tls_config: {cert_file: nosuch, key_file: other}",
            "error checking client cert file \"nosuch\": stat nosuch: no such file or directory"
        ),
        ("tls_config: {cert_file: x}", "client cert file \"x\" specified without client key file"),
        (
            "static_configs: [{targets: [b]}, {targets: [b, 'c:1']}]\n  relabel_configs: "
                + "[{target_label: __address__, source_labels: [__address__], regex: 'c:1', replacement: 'http://c'}]",
            "instance 1 in group 1: \"http://c\" is not a valid hostname"
        ),
        ("file_sd_configs: [{files: [bad.yml]}]", "checking SD file \"bad.yml\": yaml: unmarshal errors:\n  line 1: "),
        ("file_sd_configs: [{files: [null.yml]}]", "nil target group item found (index 1)"),
    ])
    func `Files that a job names are looked at`(job: String, error: String) throws {
        let output = try check(
            "scrape_configs:\n- job_name: a\n  \(job)\n",
            files: ["bad.yml": "- targats: []\n", "null.yml": "- targets: []\n-\n"])
        #expect(output.errors.contains(error), "\(output.errors)")
        #expect(output.code == 1)
    }

    @Test func `A target file that is missing is a warning`() throws {
        let output = try check("scrape_configs:\n- job_name: a\n  file_sd_configs: [{files: [nosuch.yml]}]\n")
        #expect(
            output.output.contains(
                "  WARNING: file \"nosuch.yml\" for file_sd in scrape job \"a\" does not exist\n SUCCESS"))
        #expect(output.code == 0)
    }

    @Test func `What Prometheus has and ktsdb has not is a warning with its line`() throws {
        let output = try check(
            """
            remote_write: [{url: 'http://x'}]
            scrape_configs:
            - job_name: a
              ec2_sd_configs: [{port: 9090}]
              oauth2: {client_id: a, token_url: 'http://x', audience: b}

            """)
        #expect(output.code == 0)
        #expect(output.output.hasSuffix(" SUCCESS: p.yml is valid prometheus config file syntax\n\n"))
        let lines = output.errors.split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines.allSatisfy { $0.hasPrefix("  WARNING: p.yml:") })
        #expect(lines.contains { $0.hasPrefix("  WARNING: p.yml:4: ec2_sd_configs: ") })
    }

    @Test(arguments: [("", Int32(0)), ("--lint-fatal", 3), ("--lint-fatal --query.lookback-delta=11m", 0)])
    func `A scrape interval that is too long is a finding`(flags: String, code: Int32) throws {
        let output = try check(
            "scrape_configs: [{job_name: a, scrape_interval: 10m}]\n", "--lint=too-long-scrape-interval \(flags)")
        #expect(output.code == code)
        let text = "too long scrape interval found, data point will be marked as stale - job: a, interval: 10m"
        #expect(output.errors.contains(text) == !flags.contains("11m"))
    }

    @Test func `Agent mode is refused`() throws {
        #expect(try check("{}\n", "--agent").errors.contains("agent"))
    }

    @Test func `Hostile files end in errors`() throws {
        #expect(try check(String(repeating: "{a: ", count: 50_000)).code == 1)
        #expect(try check("scrape_configs: [&a {job_name: a, static_configs: [*a]}]\n").code == 1)
        #expect(try check("").code == 0)
    }
}
