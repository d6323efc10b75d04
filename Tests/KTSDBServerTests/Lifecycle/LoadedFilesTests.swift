import Foundation
import KTSDBAlerting
import KTSDBTesting
import Testing

@testable import KTSDBServer

@Suite struct `What the log says was loaded` {
    @Test func `has counts`() throws {
        let directory = TemporaryDirectory(), path = directory.path
        for (name, text) in [
            ("prometheus.yml", "scrape_configs: [{job_name: a}, {job_name: b}]\nrule_files: ['\(path)/rules.yml']\n"),
            ("rules.yml", "groups: [{name: g, rules: [{record: r, expr: '1'}, {alert: A, expr: '1'}]}]\n"),
            (
                "am.yml",
                """
                route: {receiver: a, routes: [{receiver: b, mute_time_intervals: [n]}]}
                receivers: [{name: a, webhook_configs: [{url: 'http://h.test'}]}, {name: b}, {name: c}]
                inhibit_rules: [{source_matchers: [x=1], target_matchers: [x=2]}]
                time_intervals: [{name: n, time_intervals: [{years: ['1999']}]}]
                ---
                something: else
                """
            ),
        ] { try text.write(toFile: path + "/" + name, atomically: true, encoding: .utf8) }
        var options = ServerOptions()
        options.configurationFile = path + "/prometheus.yml"
        let bare = try LoadedFiles(options).counts("f").mapValues { "\($0)" }
        #expect(bare == ["file": "f", "scrape_jobs": "2", "rule_groups": "1", "rules": "2"])
        options.alertmanager.configurationFile = path + "/am.yml"
        let files = try LoadedFiles(options), counts = files.counts("f").mapValues { "\($0)" }
        withExtendedLifetime(directory) {}
        #expect(
            counts == [
                "file": "f", "scrape_jobs": "2", "rule_groups": "1", "rules": "2", "routes": "2", "receivers": "3",
                "integrations": "1", "inhibit_rules": "1", "time_intervals": "1",
            ])
        #expect(files.notifier?.warnings.first?.hasPrefix("only the first YAML document is read") == true)
    }
}
