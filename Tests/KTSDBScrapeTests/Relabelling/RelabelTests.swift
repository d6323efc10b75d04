import Foundation
import KTSDBConfiguration
import KTSDBModel
import KTSDBScrape
import KTSDBTesting
import Testing

@Suite struct `Relabelling` {
    struct Case: Decodable {
        let input: [String: String]
        let relabelConfigs: String
        let keep: Bool
        let output: [String: String]?
    }

    struct CheckedCase: Decodable {
        let relabelConfigs: String
        let names: String
        let valid: Bool
        let error: String?
    }

    static func cases<T: Decodable>(_ name: String) throws -> [T] {
        let data = try #require(SharedData.conformance("relabel/\(name)"))
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode([T].self, from: data)
    }

    /// The job that a configuration with these rules has.
    static func job(rules: String, names: String = "utf8", job: String = "j") throws(ConfigurationError) -> ScrapeJob {
        let indented = rules.split(separator: "\n").map { "    " + $0 }.joined(separator: "\n")
        let text = """
            scrape_configs:
            - job_name: \(job)
              metric_name_validation_scheme: \(names)
              relabel_configs:
            \(indented)
            """
        return try Configuration.parse(text, path: "test.yml").jobs[0]
    }

    @Test(.enabled(if: ConformanceData.directory != nil, "\(ConformanceData.skipNotice)"))
    func `rules do what Prometheus' own tests expect`() throws {
        for test in try Self.cases("relabel.json") as [Case] {
            var builder = LabelsBuilder(Labels(test.input.map { ($0.key, $0.value) }))
            let keep = builder.relabel(try Self.job(rules: test.relabelConfigs).targetRules)
            #expect(keep == test.keep, "\(test.relabelConfigs)")
            if let output = test.output {
                #expect(builder.labels == Labels(output.map { ($0.key, $0.value) }), "\(test.relabelConfigs)")
            }
        }
    }

    @Test(.enabled(if: ConformanceData.directory != nil, "\(ConformanceData.skipNotice)"))
    func `targets get the labels that a real Prometheus gave them`() throws {
        for test in try Self.cases("scraped_targets.json") as [Case] {
            let job = try Self.job(rules: test.relabelConfigs)
            var labels = test.input
            let address = labels.removeValue(forKey: "__address__") ?? ""
            let group = TargetGroup(addresses: [address], labels: Labels(labels.map { ($0.key, $0.value) }))
            switch Target.candidates(of: group, job: job)[0] {
            case .target(let target):
                #expect(test.keep, "\(test.relabelConfigs)")
                #expect(
                    target.publicLabels == Labels((test.output ?? [:]).map { ($0.key, $0.value) }),
                    "\(test.relabelConfigs)")
            case .dropped: #expect(!test.keep, "\(test.relabelConfigs)")
            case .invalid(let reason): Issue.record("\(test.relabelConfigs): \(reason)")
            }
        }
    }

    @Test(
        .enabled(if: ConformanceData.directory != nil, "\(ConformanceData.skipNotice)"),
        arguments: ["invalid.json", "checked_config.json"])
    func `rules without meaning are refused`(file: String) throws {
        for test in try Self.cases(file) as [CheckedCase] {
            do {
                _ = try Self.job(rules: test.relabelConfigs, names: test.names)
                #expect(test.valid, "\(test.relabelConfigs)")
            } catch {
                #expect(!test.valid, "\(test.relabelConfigs): \(error)")
                #expect(error.reason.contains(test.error ?? ""), "\(error)")
            }
        }
    }

    static func labels(_ rules: String, _ input: Labels) throws -> Labels? {
        var builder = LabelsBuilder(input)
        return builder.relabel(try job(rules: rules).targetRules) ? builder.labels : nil
    }

    @Test func `hashmod takes the last eight bytes of the MD5`() throws {
        // The digest of nothing ends in e9800998ecf8427e.
        let labels = try Self.labels("- {action: hashmod, source_labels: [x], modulus: 1000, target_label: shard}", [:])
        #expect(labels == ["shard": String((0xe980_0998_ecf8_427e as UInt64) % 1000)])
    }

    @Test func `an empty replacement removes the label`() throws {
        #expect(try Self.labels("- {target_label: a, replacement: ''}", ["a": "x", "b": "y"]) == ["b": "y"])
    }

    @Test func `case is mapped code point by code point`() throws {
        let upper = try Self.labels("- {action: uppercase, source_labels: [a], target_label: a}", ["a": "straße ǆ ΐ"])
        #expect(upper == ["a": "STRAßE Ǆ ΐ"])
        let lower = try Self.labels("- {action: lowercase, source_labels: [a], target_label: a}", ["a": "İSTANBUL ΑΣ"])
        #expect(lower == ["a": "istanbul ας".replacingOccurrences(of: "ς", with: "σ")])
    }

    @Test func `a template that makes no valid name does nothing`() throws {
        let rules = "- {source_labels: [a], target_label: '${1}', replacement: x}"
        var builder = LabelsBuilder(["a": "b-c"])
        let keep = builder.relabel(try Self.job(rules: rules, names: "legacy").targetRules)
        #expect(keep)
        #expect(builder.labels == ["a": "b-c"])
    }
}
