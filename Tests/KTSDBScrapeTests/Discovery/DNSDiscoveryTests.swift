import KTSDBConfiguration
import KTSDBModel
import KTSDBTesting
import Testing

@testable import KTSDBScrape

@Suite struct `Targets from DNS` {
    /// A server, a file that names it, and a manager that uses it.
    private struct Service {
        let stub: DNSStub
        let rig: DiscoveryRig
        let directory: TemporaryDirectory

        init(
            resolver: String = "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n",
            _ answer: @escaping @Sendable (DNSStub.Question) -> DNSStub.Answer
        ) async throws {
            let stub = try await DNSStub(answer), directory = TemporaryDirectory()
            let path = try directory.write(resolver, to: "resolv.conf")
            self.stub = stub
            self.directory = directory
            rig = DiscoveryRig {
                $0.resolverFile = path
                $0.resolverPort = stub.port
            }
        }

        func follow(_ fields: String) async throws {
            try await rig.apply("dns_sd_configs: [{refresh_interval: 200ms, \(fields)}]")
        }

        func end() async {
            await rig.end()
            await stub.close()
        }
    }

    @Test func `are those of SRV records, with their ports`() async throws {
        let service = try await Service { question in
            #expect(question == .init(name: "_http._tcp.example.org", type: 33, isTCP: false))
            return .records([DNSStub.service("a.example.org", 8080), DNSStub.service("b.example.org", 9090)])
        }
        try await service.follow("names: [_http._tcp.example.org]")
        try await wait {
            service.rig.urls == ["http://a.example.org:8080/metrics", "http://b.example.org:9090/metrics"]
        }
        let labels = try #require(service.rig.discovered["a.example.org:8080"])
        #expect(labels["__meta_dns_name"] == "_http._tcp.example.org")
        #expect(labels["__meta_dns_srv_record_target"] == "a.example.org.")
        #expect(labels["__meta_dns_srv_record_port"] == "8080")
        await service.end()
    }

    /// Types, contents of records, and the addresses and labels that they come to.
    private static let records: [(type: String, content: (UInt16, [UInt8]), address: String, label: String?)] = [
        ("A", (1, [10, 0, 0, 1]), "10.0.0.1:80", nil),
        ("a", (1, [192, 168, 255, 0]), "192.168.255.0:80", nil),
        ("AAAA", (28, [0xfd] + [UInt8](repeating: 0, count: 14) + [9]), "[fd00::9]:80", nil),
        ("MX", (15, [0, 10] + DNSStub.name("mail.example.org")), "mail.example.org:80", "mx_record_target"),
        ("NS", (2, DNSStub.name("ns.example.org")), "ns.example.org:80", "ns_record_target"),
    ]

    @Test(arguments: records.indices) func `are those of all types, and of no other`(index: Int) async throws {
        let record = Self.records[index]
        // An alias comes before the records that it leads to.
        let alias: (UInt16, [UInt8]) = (5, DNSStub.name("alias.org"))
        let service = try await Service { _ in .records([alias, record.content]) }
        try await service.follow("names: [x.org], type: \(record.type), port: 80")
        try await wait { !service.rig.urls.isEmpty }
        #expect(service.rig.urls == ["http://\(record.address)/metrics"])
        let labels = try #require(service.rig.discovered[record.address])
        if let label = record.label {
            let host = record.address.split(separator: ":")[0]
            #expect(labels["__meta_dns_\(label)"] == "\(host).")
        }
        await service.end()
    }

    @Test func `come over TCP if they are too many for a datagram`() async throws {
        let many = (0..<1_500).map { (type: UInt16(1), content: [10, 1, UInt8($0 >> 8), UInt8($0 & 255)]) }
        let service = try await Service { $0.isTCP ? .records(many) : .truncated }
        try await service.follow("names: [x.org], type: A, port: 1")
        try await wait { service.rig.urls.count == 1_500 }
        await service.end()
    }

    @Test func `stay while servers fail, and go with the name`() async throws {
        let phase = Phase()
        let service = try await Service { _ in
            switch phase.value {
            case 0: .records([(1, [1, 1, 1, 1])])
            case 1: .error(2)
            case 2: .bytes([1, 2, 3])
            default: .error(3)
            }
        }
        try await service.follow("names: [x.org], type: A, port: 1")
        try await wait { service.rig.urls.count == 1 }
        for next in [1, 2] {
            let before = service.rig.metric("prometheus_sd_dns_lookup_failures_total") ?? 0
            phase.value = next
            try await wait { service.rig.metric("prometheus_sd_dns_lookup_failures_total") ?? 0 > before }
            #expect(service.rig.urls.count == 1)
        }
        try await wait { service.rig.log.lines.contains { $0.contains("could not resolve \"x.org\", type A") } }
        phase.value = 3
        try await wait { service.rig.urls.isEmpty }
        #expect(service.rig.metric("prometheus_sd_dns_lookups_total") ?? 0 >= 4)
        await service.end()
    }

    @Test func `are looked for in the domains of the machine`() async throws {
        let service = try await Service(
            resolver: "search one.org two.org\nnameserver 127.0.0.1\noptions ndots:2 timeout:1"
        ) { question in question.name == "web.two.org" ? .records([(1, [1, 2, 3, 4])]) : .error(3) }
        try await service.follow("names: [web], type: A, port: 1")
        try await wait { service.rig.urls.count == 1 }
        // A question whose answer does not come in time is asked again.
        var names: [String] = []
        for question in service.stub.questions where !names.contains(question.name) { names.append(question.name) }
        #expect(names == ["web.one.org", "web.two.org"])
        await service.end()
    }

    @Test(arguments: [
        ("{}", "DNS-SD config must contain at least one SRV record name"),
        ("{names: [a], type: TXT}", "invalid DNS-SD records type TXT"),
        ("{names: [a], type: A}", "a port is required in DNS-SD configs for all record types except SRV"),
        ("{names: ['a..b']}", "\"a..b\" is not a name of the domain name system"),
        ("{names: ['']}", "\"\" is not a name of the domain name system"),
        ("{names: [a], name: b}", "field name not found in dns_sd_config"),
    ])
    func `with mistakes are refused`(entry: String, reason: String) {
        #expect {
            try Configuration.parse("scrape_configs: [{job_name: j, dns_sd_configs: [\(entry)]}]", path: "p")
        } throws: { error in
            (error as? ConfigurationError)?.reason.hasPrefix(reason) == true
        }
    }

    // MARK: Files and messages

    @Test func `use the machine's resolver file as everyone does`() {
        let file = ResolverFile(
            "# comment\nnameserver 1.1.1.1 # first\n\nnameserver ::1\ndomain a\nsearch b c.\noptions ndots:x ndots:3 rotate attempts:9\nsortlist\n"
        )
        #expect(file.servers == ["1.1.1.1", "::1"] && file.search == ["b", "c."] && file.dots == 3)
        #expect(file.attempts == 5)
        #expect(ResolverFile("").servers == ["127.0.0.1"])
        #expect(file.candidates(for: "x.y") == ["x.y.b.", "x.y.c.", "x.y."])
        #expect(file.candidates(for: "x.y.z.w") == ["x.y.z.w.", "x.y.z.w.b.", "x.y.z.w.c."])
        #expect(file.candidates(for: "x.") == ["x."])
    }

    private static let head: [UInt8] = [0, 7, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0] + DNSStub.name("a.b") + [0, 1, 0, 1]

    @Test func `come in messages whose names refer to earlier ones`() throws {
        let record: [UInt8] = [0xc0, 12, 0, 2, 0, 1, 0, 0, 0, 1, 0, 4, 1, 0x78, 0xc0, 14]
        let message = try DNSMessage(Self.head + record)
        #expect(message.records == [.nameServer("x.b.")])
        #expect(message.answers("A.b", .a, id: 7) && !message.answers("a.b", .a, id: 8))
        #expect(!message.answers("a.c", .a, id: 7) && !message.answers("a.b", .aaaa, id: 7))
    }

    @Test func `never come from bytes that are no message`() {
        let circle: [UInt8] = [0xc0, 21, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 1, 2, 3, 4]
        let forward: [UInt8] = [0xc0, 40, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 1, 2, 3, 4]
        let long: [UInt8] = [0, 0, 1, 0, 1, 0, 0, 0, 1, 0xff, 0xff, 1]
        let short: [UInt8] = [0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 3, 1, 2, 3]
        for record in [circle, forward, long, short, [], [0x80]] {
            #expect(throws: DNSMessage.Malformed.self) { try DNSMessage(Self.head + record) }
        }
        #expect(throws: DNSMessage.Malformed.self) { try DNSMessage([]) }
        // Random bytes, and cut messages, are refused or read, and never trap.
        var random = SplitMix(state: 7)
        let good = Self.head + [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 1, 2, 3, 4]
        for count in 0..<good.count { _ = try? DNSMessage(Array(good.prefix(count))) }
        for _ in 0..<20_000 {
            var bytes = good
            for _ in 0..<3 {
                bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
            }
            _ = try? DNSMessage(bytes)
        }
    }

    @Test func `are asked for with names that can be asked for`() throws {
        let name = String(repeating: "a", count: 63)
        #expect(DNSMessage.query("\(name).\(name).\(name).\(String(repeating: "b", count: 61))", .a, id: 1) != nil)
        for bad in ["", ".", "a..b", name + "a", "\(name).\(name).\(name).\(name)", "a b", "a\u{0}"] {
            #expect(DNSMessage.query(bad, .a, id: 1) == nil, "\(bad)")
        }
        let bytes = try #require(DNSMessage.query("x.org.", .srv, id: 0x1234))
        #expect(Array(bytes.prefix(4)) == [0x12, 0x34, 1, 0])
        #expect(Array(bytes[12..<22]) == DNSStub.name("x.org") + [0, 33, 0])
    }

    /// Random numbers from a seed.
    private struct SplitMix {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            let first = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
            let second = (first ^ (first >> 27)) &* 0x94d0_49bb_1331_11eb
            return second ^ (second >> 31)
        }
    }
}
