import KTSDBModel
import Testing

@testable import KTSDBScrape

@Suite struct `The memory of bodies` {
    private static let usual = BodyBounds(limit: 48 << 20, isGiven: false)

    @Test func `comes out of the shared room when a body is much longer than the one before`() throws {
        let room = BodyRoom(byteCount: 16 << 20)
        var first = BodyAllowance(Self.usual, sizeHint: 0, room: room)
        try first.admit(4 << 20)
        #expect(room.usedByteCount == 0 && first.share == nil)
        try first.admit(4 << 20 | 1)
        #expect(room.usedByteCount == 1 << 20)
        try first.admit(20 << 20)
        #expect(room.usedByteCount == 16 << 20)
        // A body that is as long as ever does not need it.
        var known = BodyAllowance(Self.usual, sizeHint: 30 << 20, room: room)
        try known.admit(45 << 20)
        // Where the job says how long a body may be, it may be.
        var given = BodyAllowance(BodyBounds(limit: 100 << 20), sizeHint: 0, room: room)
        try given.admit(100 << 20)
        #expect(room.usedByteCount == 16 << 20)
        #expect(throws: FetchError.bodySizeLimit(100 << 20)) { try given.admit(100 << 20 + 1) }
    }

    @Test func `is refused when others have taken it, and is there again when they are stored`() throws {
        let room = BodyRoom(byteCount: 16 << 20)
        do {
            var first = BodyAllowance(Self.usual, sizeHint: 0, room: room)
            try first.admit(16 << 20)
            var second = BodyAllowance(Self.usual, sizeHint: 0, room: room)
            #expect {
                try second.admit(12 << 20)
            } throws: {
                "\($0)".contains("body_size_limit")
            }
            try second.admit(5 << 20)
            #expect(room.usedByteCount == 13 << 20)
        }
        #expect(room.usedByteCount == 0)
    }

    @Test func `has a limit that says what allows more`() throws {
        var allowance = BodyAllowance(Self.usual, sizeHint: 0, room: BodyRoom(byteCount: 1 << 30))
        #expect {
            try allowance.admit(48 << 20 + 1)
        } throws: {
            "\($0)" == "body size limit exceeded (limit: 50331648 bytes; body_size_limit allows more)"
        }
    }

    @Test func `bounds the lines of jobs that set no limit`() async throws {
        // Counted before they are read, so that nothing else is done with them.
        let lines = Array(String(repeating: "a 1\n", count: 1_000_001).utf8) + Array(repeating: 10, count: 200_000)
        let rig = try await StoreRig { _, round in .page(round == 0 ? lines : Array("a 1\n".utf8)) }
        try await rig.apply()
        await rig.scrape()
        let target = try #require(rig.manager.targets().active.first)
        #expect(target.health == .down && target.lastError.contains("1200001 lines"))
        await rig.scrape()
        #expect(try rig.values("up") == ["0.0", "1.0"])
        await rig.end()
        for field in ["body_size_limit: 1GB", "sample_limit: 5"] {
            let job = try Configuration.parse("scrape_configs: [{job_name: j, \(field)}]", path: "p").jobs[0]
            #expect(job.limits.maximumLines == nil)
        }
    }
}
