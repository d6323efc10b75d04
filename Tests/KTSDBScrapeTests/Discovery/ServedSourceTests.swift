import KTSDBTesting
import Testing

@testable import KTSDBScrape

@Suite struct `Every kind of target source` {
    /// The list that a job has under the kind's key to find one target, whose address is given, with a directory for
    /// files.
    static let configurations: [String: @Sendable (_ address: String, TemporaryDirectory) throws -> String] = [
        "static_configs": { address, _ in "[{targets: ['\(address)']}]" },
        "file_sd_configs": { address, directory in
            "[{files: ['\(try directory.write(#"[{"targets": ["\#(address)"]}]"#, to: "targets.json"))']}]"
        },
    ]

    @Test(arguments: TargetSources.served.map(\.key))
    func `that is registered finds a target by configuration, which is scraped`(key: String) async throws {
        let list = try #require(Self.configurations[key], "no configuration is known to find a target by \(key)")
        let rig = try await StoreRig(pages: ["found 1\n"]), directory = TemporaryDirectory()
        let text = """
            scrape_configs:
            - job_name: j
              scrape_interval: 10s
              \(key): \(try list("127.0.0.1:\(rig.server.port)", directory))
            """
        let configuration = try Configuration.parse(text, path: "prometheus.yml")
        #expect(configuration.jobs.first?.sources.map(\.key) == [key])
        #expect(configuration.yaml.contains("\(key):\n"))
        await rig.manager.apply(configuration)
        await rig.clock.sleepers(1)
        await rig.scrape()
        #expect(rig.manager.targets().active.map(\.health) == [.up])
        #expect(try rig.values("found", instance: "127.0.0.1:\(rig.server.port)") == ["1.0"])
        await rig.end()
    }
}
