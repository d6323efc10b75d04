import Foundation
import KTSDBModel
import KTSDBScrape
import KTSDBTesting
import Logging
import NIOHTTP1
import Testing

@Suite struct `Scraping targets` {
    typealias Event = RecordingIngest.Event

    /// A manager, its clock, and what its loops did.
    struct Rig {
        let clock = ManualClock()
        let log = RecordingIngest.Log()
        let manager: ScrapeManager
        let server: LoopbackServer

        init(answer: @escaping @Sendable (String) -> LoopbackServer.Answer = { .page("path \($0)\n") }) async throws {
            server = try await LoopbackServer { answer($0.uri) }
            let log = log
            manager = ScrapeManager(clock: clock, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }) {
                target, _ in
                RecordingIngest(target, log: log)
            }
        }

        /// Applies jobs, in which PORT is the server's.
        func apply(_ jobs: String) async throws {
            let text = jobs.replacingOccurrences(of: "PORT", with: String(server.port))
            await manager.apply(try Configuration.parse(text, path: "prometheus.yml"))
        }

        func url(_ path: String) -> String { "http://127.0.0.1:\(server.port)\(path)" }

        func end() async {
            await manager.stop()
            await server.close()
        }
    }

    static func job(_ name: String = "j", _ fields: String = "", paths: [String] = ["/a"]) -> String {
        var text = "- job_name: \(name)\n  scrape_interval: 10s\n  static_configs:\n"
        if !fields.isEmpty { text = "- job_name: \(name)\n  scrape_interval: 10s\n  \(fields)\n  static_configs:\n" }
        for path in paths {
            text += "  - {targets: ['127.0.0.1:PORT'], labels: {__metrics_path__: \(path), instance: '\(path)'}}\n"
        }
        return text
    }

    static func jobs(_ jobs: String...) -> String { "scrape_configs:\n" + jobs.joined() }

    @Test func `each target is scraped at its own time, once per interval`() async throws {
        let rig = try await Rig()
        try await rig.apply(Self.jobs(Self.job(paths: ["/a", "/b"])))
        await rig.clock.sleepers(2)
        await rig.clock.wake(4)
        var times: [String: [Int64]] = [:]
        for case .page(let url, let text, let time) in rig.log.events {
            #expect(text == "path \(url.suffix(2))\n")
            times[url, default: []].append(time)
        }
        #expect(Set(times.keys) == [rig.url("/a"), rig.url("/b")])
        for (_, times) in times {
            #expect(times.count == 2)
            #expect(times.last == times.first.map { $0 + 10_000 })
        }
        await rig.end()
    }

    @Test func `the state of a target can be seen`() async throws {
        let rig = try await Rig {
            $0 == "/a" ? .page("m 1\n") : .page(Array("x".utf8), status: "500 Internal Server Error")
        }
        try await rig.apply(Self.jobs(Self.job(paths: ["/a", "/b"])))
        await rig.clock.sleepers(2)
        let before = rig.manager.targets().active
        #expect(before.map(\.health) == [.unknown, .unknown])
        await rig.clock.wake(2)
        let after = rig.manager.targets().active
        #expect(after.map(\.scrapeURL) == [rig.url("/a"), rig.url("/b")])
        #expect(after.map(\.health) == [.up, .down])
        #expect(after.map(\.lastError) == ["", "server returned HTTP status 500 Internal Server Error"])
        #expect(after[0].labels == ["instance": "/a", "job": "j"])
        #expect(after[0].discoveredLabels["__metrics_path__"] == "/a")
        #expect(after[0].scrapeInterval == "10s" && after[0].scrapeTimeout == "10s" && after[0].scrapePool == "j")
        #expect(after[0].globalURL(host: "box") == "http://box:\(rig.server.port)/a")
        #expect(rig.manager.metadata()["m"]?.count == 2)
        #expect(
            rig.manager.targetMetadata(matching: [.equal("instance", "/a")]).map(\.metadata.help) == [rig.url("/a")])
        await rig.end()
    }

    @Test func `targets that are the same after relabelling are one`() async throws {
        let rig = try await Rig()
        try await rig.apply(
            """
            scrape_configs:
            - job_name: j
              static_configs:
              - targets: ['127.0.0.1:PORT']
              - targets: ['127.0.0.1:PORT']
                labels: {__meta_from: elsewhere}
            """)
        #expect(rig.manager.targets().active.count == 1)
        await rig.end()
    }

    @Test func `dropped targets are remembered as far as they may be`() async throws {
        let rig = try await Rig()
        let rules = "relabel_configs: [{action: drop, source_labels: [instance], regex: '.+'}]"
        try await rig.apply(Self.jobs(Self.job("j", "keep_dropped_targets: 2\n  " + rules, paths: ["/a", "/b", "/c"])))
        let targets = rig.manager.targets()
        #expect(targets.active.isEmpty)
        #expect(targets.dropped.count == 2)
        #expect(targets.dropped.allSatisfy { $0.scrapePool == "j" && $0.discoveredLabels["instance"] != nil })
        #expect(targets.droppedCounts == ["j": 3])
        await rig.end()
    }

    @Test func `a job that did not change goes on undisturbed`() async throws {
        let rig = try await Rig()
        try await rig.apply(Self.jobs(Self.job("j"), Self.job("k", paths: ["/k"])))
        await rig.clock.sleepers(2)
        await rig.clock.wake(2)
        let before = rig.manager.targets()
        try await rig.apply(Self.jobs(Self.job("j"), Self.job("k", "honor_labels: true", paths: ["/k"])))
        let after = rig.manager.targets()
        #expect(after.active.first == before.active.first)
        await rig.clock.sleepers(2)
        rig.log.removeAll()
        await rig.clock.wake(2)
        #expect(rig.log.events.count == 2)
        await rig.end()
    }

    @Test func `a target that stays in a changed job hands its series over`() async throws {
        let rig = try await Rig()
        try await rig.apply(Self.jobs(Self.job("j")))
        await rig.clock.sleepers(1)
        await rig.clock.step()
        try await rig.apply(Self.jobs(Self.job("j", "honor_timestamps: false")))
        await rig.clock.sleepers(1)
        #expect(rig.log.events.last == .tookOver(url: rig.url("/a"), from: rig.url("/a")))
        #expect(rig.manager.targets().active.first?.health == .up)
        await rig.clock.step()
        await rig.clock.step()
        #expect(!rig.log.events.contains { if case .retired = $0 { true } else { false } })
        await rig.end()
    }

    @Test func `a target that goes is marked stale when its next scrape would have been`() async throws {
        let rig = try await Rig()
        try await rig.apply(Self.jobs(Self.job(paths: ["/a", "/b"])))
        await rig.clock.sleepers(2)
        await rig.clock.wake(2)
        let last = try #require(rig.log.times(of: rig.url("/b")).last)
        try await rig.apply(Self.jobs(Self.job(paths: ["/a"])))
        #expect(rig.manager.targets().active.map(\.scrapeURL) == [rig.url("/a")])
        await rig.clock.sleepers(2)
        rig.log.removeAll()
        // Two sleepers, of which one does not sleep again.
        await rig.clock.step(thenWaitingFor: 1)
        await rig.clock.step(thenWaitingFor: 1)
        #expect(rig.log.events.contains(.retired(url: rig.url("/b"), at: last + 10_000)))
        await rig.end()
    }

    @Test func `a target that was never scraped is forgotten at once`() async throws {
        let rig = try await Rig()
        try await rig.apply(Self.jobs(Self.job(paths: ["/a", "/b"])))
        await rig.clock.sleepers(2)
        try await rig.apply(Self.jobs(Self.job(paths: ["/a"])))
        // Only the loop of the other one sleeps, now and from then on.
        for _ in 1...3 { #expect(await rig.clock.step(thenWaitingFor: 1) == 1) }
        #expect(!rig.log.events.contains { if case .retired = $0 { true } else { false } })
        #expect(rig.log.times(of: rig.url("/a")).count == 3)
        await rig.end()
    }

    @Test func `a job that goes takes its targets along`() async throws {
        let rig = try await Rig()
        try await rig.apply(Self.jobs(Self.job()))
        await rig.clock.sleepers(1)
        await rig.clock.step()
        try await rig.apply("")
        #expect(rig.manager.targets() == TargetSnapshot())
        await rig.clock.sleepers(1)
        await rig.clock.step(thenWaitingFor: 0)
        try await wait { rig.log.events.count >= 2 }
        let last = try #require(rig.log.times(of: rig.url("/a")).last)
        #expect(rig.log.events.last == .retired(url: rig.url("/a"), at: last + 10_000))
        await rig.end()
    }

    @Test func `stopping leaves the series as they are`() async throws {
        let rig = try await Rig { $0 == "/slow" ? .none : .page("a 1\n") }
        // An hour for a scrape: if the one under way were not cut off, the test would take that long.
        let jobs = Self.jobs(Self.job(paths: ["/a", "/slow"])).replacingOccurrences(of: "10s", with: "1h")
        try await rig.apply(jobs)
        await rig.clock.sleepers(2)
        await rig.clock.step(thenWaitingFor: 0)
        await rig.clock.step(thenWaitingFor: 0)
        await rig.end()
        #expect(!rig.log.events.contains { if case .retired = $0 { true } else { false } })
        #expect(!rig.log.events.contains { if case .failure = $0 { true } else { false } })
    }

    @Test func `too many targets are told, and not scraped`() async throws {
        let rig = try await Rig()
        try await rig.apply(Self.jobs(Self.job("j", "target_limit: 1", paths: ["/a", "/b"])))
        await rig.clock.sleepers(2)
        await rig.clock.wake(2)
        #expect(rig.server.requests.isEmpty)
        #expect(
            rig.manager.targets().active.map(\.lastError)
                == Array(repeating: "target_limit exceeded (number of targets: 2, limit: 1)", count: 2))
        try await rig.apply(Self.jobs(Self.job("j", "target_limit: 2", paths: ["/a", "/b"])))
        await rig.clock.sleepers(2)
        await rig.clock.wake(2)
        #expect(rig.server.requests.count == 2)
        await rig.end()
    }

    @Test func `targets from files come and go with the files`() async throws {
        let rig = try await Rig()
        let directory = TemporaryDirectory()
        let path = try directory.write(#"[{"targets": ["127.0.0.1:\#(rig.server.port)"]}]"#, to: "t.json")
        try await rig.apply(
            "scrape_configs:\n- job_name: f\n  scrape_interval: 10s\n  file_sd_configs: [{files: ['\(path)']}]\n")
        #expect(rig.manager.targets().active.map(\.scrapeURL) == [rig.url("/metrics")])
        try directory.write(#"[{"targets": ["127.0.0.1:\#(rig.server.port)", "127.0.0.1:1"]}]"#, to: "t.json")
        await rig.manager.refreshSources()
        #expect(rig.manager.targets().active.count == 2)
        try directory.write("[", to: "t.json")
        await rig.manager.refreshSources()
        #expect(rig.manager.targets().active.count == 2)
        // Nor do they go when the job is changed just now.
        try await rig.apply(
            "scrape_configs:\n- job_name: f\n  scrape_interval: 20s\n  file_sd_configs: [{files: ['\(path)']}]\n")
        #expect(rig.manager.targets().active.map(\.scrapeInterval) == ["20s", "20s"])
        let families = rig.manager.selfMetrics()
        #expect(families.first { $0.name == "prometheus_sd_file_read_errors_total" }?.points.map(\.value) == [1])
        #expect(families.first { $0.name == "prometheus_target_scrape_pool_targets" }?.points.map(\.value) == [2])
        await rig.end()
    }

    @Test func `run returns when the manager is stopped or its task is cancelled`() async throws {
        let rig = try await Rig()
        let running = Task { await rig.manager.run() }
        running.cancel()
        await running.value
        await rig.manager.run()
        await rig.end()
    }
}
