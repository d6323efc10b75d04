import KTSDBModel
import KTSDBScrape
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@Suite struct `A hostile target` {
    static func answer(_ head: String, again: [UInt8], pause: TimeAmount = .zero) -> LoopbackServer.Answer {
        .init(bytes: Array("HTTP/1.1 200 OK\r\n\(head)\r\n".utf8), repeated: again, pause: pause)
    }

    @Test func `that trickles costs its timeout, and no other target of its thread`() async throws {
        let server = try await LoopbackServer { head in
            head.uri == "/slow"
                ? Self.answer("Content-Length: 1000000\r\n", again: [UInt8(ascii: "#")], pause: .milliseconds(1))
                : .page("a 1\n")
        }
        let job = try Configuration.parse(
            "scrape_configs: [{job_name: j, scrape_interval: 1h, scrape_timeout: 500ms}]", path: "p"
        ).jobs[0]
        let patient = try Configuration.parse(
            "scrape_configs: [{job_name: j, scrape_interval: 1h, scrape_timeout: 1h}]", path: "p"
        ).jobs[0]
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        func group(_ path: String) -> TargetGroup {
            TargetGroup(addresses: ["127.0.0.1:\(server.port)"], labels: ["__metrics_path__": path])
        }
        let fetcher = HTTPFetcher(job: job), other = HTTPFetcher(job: patient)
        let slow = fetcher.source(
            for: try `Fetching a body`.target(of: group("/slow"), job), userAgent: "k", on: loop)
        let quick = other.source(
            for: try `Fetching a body`.target(of: group("/quick"), patient), userAgent: "k", on: loop)
        async let outcome: String = {
            do throws(FetchError) { return "\(try await slow.fetch(sizeHint: 0))" } catch { return "\(error)" }
        }()
        for _ in 0..<100 { #expect(try await String(buffer: quick.fetch(sizeHint: 0).bytes) == "a 1\n") }
        let error = await outcome
        #expect(error.contains("context deadline exceeded: no complete answer within 500ms"), "\(error)")
        await fetcher.close()
        await other.close()
        await server.close()
    }

    @Test(arguments: ["Transfer-Encoding: chunked\r\n", "Connection: close\r\n"])
    func `whose body never ends, or is one endless line, is cut off at the limit`(head: String) async throws {
        let megabyte = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
        let chunk = head.hasPrefix("T") ? Array("100000\r\n".utf8) + megabyte + Array("\r\n".utf8) : megabyte
        let error = try await `Fetching a body`.error("  body_size_limit: 16MB") { _ in
            Self.answer(head, again: chunk)
        }
        #expect(error == .bodySizeLimit(16 << 20))
    }

    @Test func `with an endless line is cut off long before the limit of a body`() async throws {
        let megabyte = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
        let error = try await `Fetching a body`.error { _ in Self.answer("Connection: close\r\n", again: megabyte) }
        #expect(error == .failed("a line of the body is longer than 16 MiB"))
        // 17 MiB of line feeds are fine, and of something else are not.
        let zeros = Array(repeatElement(Gzip.zeros, count: 17 << 8).joined())
        let (bodies, _) = try await `Fetching a body`.fetch { _ in .page(zeros, encoding: "gzip") }
        #expect(try bodies[0].get().bytes.readableBytes == 17 << 20)
        let line = Array(repeatElement(Zstd.letters, count: 17).joined())
        let packed = try await `Fetching a body`.error { _ in .page(line, encoding: "zstd") }
        #expect(packed == .failed("a line of the body is longer than 16 MiB"))
        let messages = try await `Fetching a body`.error { _ in
            .page(line, contentType: "application/vnd.google.protobuf", encoding: "zstd")
        }
        #expect(messages == nil)
    }

    @Test func `with a line of many megabytes is down, says why, and comes back`() async throws {
        let rig = try await StoreRig { _, round in
            guard round == 0 else { return .page("a 1\n") }
            return .page(Array("a{b=\"".utf8) + [UInt8](repeating: 0x78, count: 20 << 20) + Array("\"} 1\n".utf8))
        }
        try await rig.apply()
        await rig.scrape()
        let target = try #require(rig.manager.targets().active.first)
        #expect(target.health == .down && target.lastError.contains("16 MiB") && target.lastError.count < 5000)
        await rig.scrape()
        #expect(try rig.values("a") == ["1.0"])
        #expect(try rig.values("up") == ["0.0", "1.0"])
        await rig.end()
    }

    @Test(arguments: ["", "convert_classic_histograms_to_nhcb: true"])
    func `whose metrics have another type each time is stored all the same`(fields: String) async throws {
        let rig = try await StoreRig { _, round in
            let type = ["gauge", "histogram", "counter", "summary", "untyped"][round % 5]
            return .page("# TYPE a \(type)\n# HELP a round \(round)\na \(round)\na_count 1\n")
        }
        try await rig.apply(fields)
        for _ in 0..<60 { await rig.scrape() }
        #expect(try rig.values("a") == (0..<60).map { "\($0).0" })
        #expect(try rig.values("up").allSatisfy { $0 == "1.0" })
        #expect(rig.manager.metadata()["a"]?.count == 1)
        await rig.end()
    }
}
