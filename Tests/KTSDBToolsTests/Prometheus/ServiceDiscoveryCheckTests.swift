import KTSDBTools
import Testing

@Suite struct `Checking service discovery` {
    private static let configuration = """
        scrape_configs:
        - job_name: a
          static_configs: [{targets: ['a:1', 'a:1', 'b:2'], labels: {x: '<é>'}}]
          file_sd_configs: [{files: [t.json, bad.json]}]
          relabel_configs: [{source_labels: [__address__], regex: 'b:2', action: drop}]
        - job_name: b
          static_configs: [{targets: []}]
        - job_name: c
          static_configs: [{targets: ['c:1'], labels: {__scrape_interval__: never}}]

        """

    private static func run(_ line: String) async throws -> ToolOutput {
        let scene = try Scene([
            "p.yml": configuration, "t.json": #"[{"targets": ["f:1"]}]"#, "bad.json": "[", "broken.yml": "a: [",
        ])
        return await scene.promtoolApart("check service-discovery \(line)")
    }

    @Test func `prints each target once, before and after relabelling`() async throws {
        let output = try await Self.run("p.yml a")
        #expect(output.code == 0)
        #expect(output.output.hasPrefix("[\n  {\n    \"discoveredLabels\": {\n      \"__address__\": \"a:1\",\n"))
        #expect(output.output.ranges(of: "discoveredLabels").count == 3)
        #expect(output.output.contains("\"x\": \"\\u003cé\\u003e\""))
        #expect(output.output.contains("    },\n    \"labels\": {}\n  }"))
        #expect(output.output.contains("\"__address__\": \"f:1\"") && output.output.hasSuffix("}\n]"))
        #expect(output.errors.contains("bad.json"))
    }

    @Test func `prints an empty list for a job without targets, and why a target cannot be used`() async throws {
        #expect(try await Self.run("p.yml b").output == "[]")
        let output = try await Self.run("p.yml c")
        #expect(output.output.contains("\"error\": \"scrape interval \\\"never\\\" is not a duration"))
    }

    @Test func `refuses what is not there`() async throws {
        let job = try await Self.run("p.yml z")
        #expect(job.code == 1 && job.errors == "Job z not found. Select one of:\n\ta\n\tb\n\tc\n")
        #expect(try await Self.run("nosuch.yml a").code == 1)
        #expect(try await Self.run("p.yml").errors.contains("required argument 'job' not provided"))
        #expect(try await Self.run("--timeout=x p.yml a").code == 1)
        let broken = try await Self.run("broken.yml a")
        #expect(broken.code == 1 && broken.errors.hasPrefix("Cannot load config parsing YAML file broken.yml"))
    }
}
