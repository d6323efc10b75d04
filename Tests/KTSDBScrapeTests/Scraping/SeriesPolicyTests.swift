import KTSDBModel
import KTSDBScrape
import KTSDBTesting
import Testing

@Suite struct `Labels of scraped series` {
    static func verdict(
        _ scraped: Labels, target: Labels = ["instance": "i", "job": "j"], _ fields: String = "",
        empty: [String] = []
    ) throws -> SeriesPolicy.Verdict {
        let job = try Configuration.parse("scrape_configs:\n- {job_name: j, \(fields)}", path: "p").jobs[0]
        return SeriesPolicy(targetLabels: target, job: job).verdict(on: scraped, emptyNames: empty)
    }

    @Test func `the target's labels are added`() throws {
        #expect(
            try Self.verdict(["__name__": "m", "k": "v", "z": "y"])
                == .keep(["__name__": "m", "instance": "i", "job": "j", "k": "v", "z": "y"]))
    }

    @Test func `labels that are in the way are renamed, as often as it takes`() throws {
        #expect(
            try Self.verdict(["__name__": "m", "job": "own", "instance": "x"])
                == .keep([
                    "__name__": "m", "exported_instance": "x", "exported_job": "own", "instance": "i", "job": "j",
                ]))
        #expect(
            try Self.verdict(["__name__": "m", "job": "own", "exported_job": "e"])
                == .keep([
                    "__name__": "m", "exported_job": "e", "exported_exported_job": "own", "instance": "i", "job": "j",
                ]))
        #expect(
            try Self.verdict(
                ["__name__": "m", "a": "1", "exported_a": "2"], target: ["a": "3", "exported_a": "4"])
                == .keep([
                    "__name__": "m", "a": "3", "exported_a": "4", "exported_exported_a": "1",
                    "exported_exported_exported_a": "2",
                ]))
    }

    @Test func `labels of the body win when the job honours them`() throws {
        #expect(
            try Self.verdict(["__name__": "m", "job": "own"], "honor_labels: true")
                == .keep(["__name__": "m", "instance": "i", "job": "own"]))
    }

    @Test func `an empty label of the body keeps the target's away when the job honours labels`() throws {
        #expect(
            try Self.verdict(["__name__": "m"], "honor_labels: true", empty: ["instance"])
                == .keep(["__name__": "m", "job": "j"]))
        #expect(
            try Self.verdict(["__name__": "m", "job": "own"], "honor_labels: true", empty: ["instance", "x"])
                == .keep(["__name__": "m", "job": "own"]))
        #expect(
            try Self.verdict(["__name__": "m"], "honor_labels: true", empty: ["job", "instance"])
                == .keep(["__name__": "m"]))
        let rules = "honor_labels: true, metric_relabel_configs: [{source_labels: [job], target_label: was}]"
        #expect(
            try Self.verdict(["__name__": "m"], rules, empty: ["job"]) == .keep(["__name__": "m", "instance": "i"]))
    }

    @Test func `an empty label of the body is none when the job does not honour labels`() throws {
        #expect(
            try Self.verdict(["__name__": "m"], empty: ["instance", "job"])
                == .keep(["__name__": "m", "instance": "i", "job": "j"]))
        #expect(
            try Self.verdict(["__name__": "m", "job": "own"], empty: ["exported_job"])
                == .keep(["__name__": "m", "exported_job": "own", "instance": "i", "job": "j"]))
    }

    @Test func `rules see the target's labels, and may drop`() throws {
        let rules = "metric_relabel_configs: [{action: drop, source_labels: [__name__, job], regex: m;j}]"
        #expect(try Self.verdict(["__name__": "m"], rules) == .drop)
        #expect(try Self.verdict(["__name__": "n"], rules) == .keep(["__name__": "n", "instance": "i", "job": "j"]))
    }

    @Test func `a series without a name makes the body invalid`() throws {
        let rules = "metric_relabel_configs: [{target_label: __name__, replacement: ''}]"
        #expect(
            try Self.verdict(["__name__": "m"], rules)
                == .refuse(reason: "missing metric name (__name__ label)", isLimit: false))
    }

    @Test func `names outside the classic set are refused where the job wants that`() throws {
        #expect(try Self.verdict(["__name__": "a.b"]) == .keep(["__name__": "a.b", "instance": "i", "job": "j"]))
        guard
            case .refuse(_, isLimit: false) = try Self.verdict(
                ["__name__": "a.b"], "metric_name_validation_scheme: legacy")
        else {
            Issue.record("accepted")
            return
        }
    }

    @Test func `limits count what is stored`() throws {
        let labels: Labels = ["__name__": "m", "long": "value"]
        #expect(
            try Self.verdict(labels, "label_limit: 4")
                == .keep(["__name__": "m", "instance": "i", "job": "j", "long": "value"]))
        #expect(
            try Self.verdict(labels, "label_limit: 3")
                == .refuse(
                    reason: "label_limit exceeded (metric: m, number of labels: 4, limit: 3)", isLimit: true))
        guard case .refuse(_, isLimit: true) = try Self.verdict(labels, "label_name_length_limit: 7") else {
            Issue.record("__name__ and instance are 8 bytes long")
            return
        }
        guard case .refuse(_, isLimit: true) = try Self.verdict(labels, "label_value_length_limit: 4") else {
            Issue.record("value is 5 bytes long")
            return
        }
        #expect(try Self.verdict(labels, "label_value_length_limit: 5, label_name_length_limit: 8") != .drop)
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `merging equals setting one by one`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let letters = ["a", "b", "c", "aa", "ab", "z", "_", "é"]
        for _ in 0..<500 {
            let scraped = Labels(
                letters.filter { _ in Bool.random(using: &random) }.map { ($0, "1") } + [("__name__", "m")])
            let target = Labels(letters.filter { _ in Bool.random(using: &random) }.map { ($0, "2") })
            var expected = LabelsBuilder(scraped)
            var isConflict = false
            for label in target {
                isConflict = isConflict || expected[label.name] != nil
                expected.set(label.name, label.value)
            }
            guard !isConflict, let job = try? Configuration.parse("scrape_configs: [{job_name: j}]", path: "p").jobs[0]
            else {
                continue
            }
            #expect(SeriesPolicy(targetLabels: target, job: job).verdict(on: scraped) == .keep(expected.labels))
        }
    }
}
