import KTSDBConfiguration
import KTSDBModel
import KTSDBScrape
import Testing

@Suite struct `Variables in configuration files` {
    private static let values = [
        "NAME": "api", "EMPTY": "", "TILDE": "~", "PORT": "9090", "SECRET": "hunter2!", "N": "7", "_a1": "x",
        "LONG": String(repeating: "x", count: 1 << 20),
    ]

    /// The text of the one value of a document, read with these variables.
    private static func text(
        _ value: String, _ variables: Variables = Variables(values)
    ) throws(ConfigurationError) -> String {
        let document = try YAMLValue.document("v: \(value)\n", file: "f.yml")!
        return try variables.reading(document, .everywhere) { (document, _) throws(ConfigurationError) in
            try document.pairs()[0].value.string()
        }
    }

    @Test(arguments: [
        ("${NAME}", "api"), ("a${NAME}b${PORT}", "aapib9090"), ("${NO:-x}", "x"), ("${EMPTY:-x}", "x"),
        ("${EMPTY}", ""),
        ("${NAME:-x}", "api"), ("'${NAME}'", "api"), ("\"${NAME}\"", "api"), ("${NO:-}", ""), ("${_a1}", "x"),
        ("${NO:-${NAME}}", "api"), ("${NO:-${EMPTY:-y}}z", "yz"), ("$$", "$"), ("$${NAME}", "${NAME}"),
        ("a$$$$b", "a$$b"),
        ("$NAME", "$NAME"), ("${1}", "${1}"), ("$1", "$1"), ("${NAME", "${NAME"), ("${}", "${}"), ("$", "$"),
        ("'${NAME:x}'", "${NAME:x}"), ("${NA-ME}", "${NA-ME}"), ("'${NO:-open'", "${NO:-open"), ("${NÄME}", "${NÄME}"),
        ("${TILDE}", "~"), ("'{{ $x }}'", "{{ $x }}"), ("${NO:-a b:c}", "a b:c"),
    ]) func `a value has the values of its variables`(value: String, expected: String) throws {
        #expect(try Self.text(value) == expected)
    }

    @Test func `a variable that is not set is an error that names the line and all others`() {
        let error = #expect(throws: ConfigurationError.self) {
            try Self.text("[a,\n  '${B}',\n  '${C}${B}']")
        }
        #expect(
            error?.description
                == "f.yml:2: the variable B is not set; set it in the environment, or write a default: ${B:-…}; "
                + "nor is: C (line 3), B (line 3)")
    }

    @Test func `hostile values are bounded`() {
        let many = "[" + Array(repeating: "'${LONG}'", count: 20).joined(separator: ",") + "]"
        #expect(throws: ConfigurationError.self) { try Self.text(many) }
        #expect(throws: ConfigurationError.self) { try Self.text(String(repeating: "${LONG}", count: 20)) }
        let nested = String(repeating: "${NO:-", count: 50) + "x" + String(repeating: "}", count: 50)
        #expect(throws: ConfigurationError.self) { try Self.text(nested) }
        let deep = String(repeating: "${", count: 10_000) + String(repeating: "}", count: 10_000)
        #expect(throws: Never.self) { try Self.text("'\(deep)'") }
        var laughs = "v: &a0 ['${NAME}']\n"
        for level in 1...9 {
            laughs +=
                "v\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ",") + "]\n"
        }
        let error = #expect(throws: ConfigurationError.self) {
            let document = try YAMLValue.document(laughs, file: "f.yml")!
            try Variables(Self.values).reading(document, .everywhere) { (_, _) in }
        }
        #expect(error?.reason.contains("more than 1000000 values") == true)
    }

    // MARK: Prometheus' configuration

    private static func configuration(
        _ text: String, _ variables: Variables = Variables(values)
    ) throws(ConfigurationError) -> Configuration {
        try Configuration.parse(text, path: "prometheus.yml", variables: variables)
    }

    private static let file = """
        global:
          scrape_interval: ${INTERVAL:-15s}
          external_labels: {site: "$NAME-${NAME}", none: "${NO}x", dollar: $$}
        scrape_configs:
        - job_name: ${NAME}
          sample_limit: ${N}
          honor_labels: ${HONOR:-true}
          basic_auth: {username: me, password: '${SECRET}'}
          params: {token: ['t=${SECRET}'], other: [api]}
          static_configs: [{targets: ['localhost:${PORT}'], labels: {env: '${NAME}'}}]
          relabel_configs:
          - {source_labels: [a], regex: '(.*)${NAME}$$', target_label: '${NAME}', replacement: '${NAME}$$'}
        """

    @Test func `typed values and texts are expanded, patterns and what replaces them are not`() throws {
        let configuration = try Self.configuration(Self.file)
        #expect(configuration.global.scrapeInterval == .seconds(15))
        #expect(configuration.global.externalLabels == ["site": "api-api", "none": "x", "dollar": "$"])
        let job = configuration.jobs[0]
        #expect(job.name == "api" && job.limits.samples == 7 && job.honorsLabels)
        #expect(job.parameters == ["token": ["t=hunter2!"], "other": ["api"]])
        #expect(job.client.authorization == .basic(username: .text("me"), password: .text("hunter2!")))
        #expect(job.targetRules[0].regex.pattern == "(.*)${NAME}$$")
        #expect(job.targetRules[0].targetLabel == "${NAME}" && job.targetRules[0].replacement == "${NAME}$$")
        #expect(job.yaml(in: configuration).contains("localhost:${PORT}"))
    }

    @Test func `what came from a variable is not shown`() throws {
        let configuration = try Self.configuration(Self.file)
        for yaml in [configuration.yaml, configuration.yaml(of: configuration.jobs[0])] {
            #expect(!yaml.contains("hunter2"))
            #expect(yaml.contains("t=${SECRET}") && yaml.contains("job_name: ${NAME}") && yaml.contains("- api\n"))
        }
        let error = #expect(throws: ConfigurationError.self) {
            try Self.configuration("scrape_configs: [{job_name: j, scheme: '${SECRET}', metrics_path: '${SECRET}'}]")
        }
        #expect(error?.reason.contains("hunter2") == false)
        let duration = #expect(throws: ConfigurationError.self) {
            try Self.configuration("global: {scrape_interval: '${SECRET}'}")
        }
        #expect(duration?.reason == "not a valid duration string: \"${SECRET}\"")
    }

    @Test func `a file is checked although its variables are not known`() throws {
        let unset = UnsetVariables()
        _ = try Self.configuration(
            """
            global:
              scrape_interval: ${INTERVAL}
              scrape_timeout: 1s
            scrape_configs:
            - job_name: ${JOB}
              sample_limit: ${LIMIT}
              honor_labels: ${HONOR}
              scheme: ${SCHEME}
              body_size_limit: ${SIZE}
              static_configs: [{targets: ['${HOST}:${PORT}']}]
            """, Variables([:], unset: unset))
        #expect(
            unset.all.map(\.description) == [
                "prometheus.yml:2: INTERVAL is not set", "prometheus.yml:5: JOB is not set",
                "prometheus.yml:6: LIMIT is not set", "prometheus.yml:7: HONOR is not set",
                "prometheus.yml:8: SCHEME is not set", "prometheus.yml:9: SIZE is not set",
                "prometheus.yml:10: HOST is not set", "prometheus.yml:10: PORT is not set",
            ])
    }

    @Test func `mistakes elsewhere are found although variables are not known`() {
        let unset = UnsetVariables()
        let error = #expect(throws: ConfigurationError.self) {
            try Self.configuration(
                "scrape_configs:\n- job_name: ${JOB}\n  nonsense: 1\n", Variables([:], unset: unset))
        }
        #expect(error?.line == 3 && unset.all.count == 1)
        #expect(error.map(unset.explain) == false)
    }
}

extension ScrapeJob {
    fileprivate func yaml(in configuration: Configuration) -> String { configuration.yaml(of: self) }
}
