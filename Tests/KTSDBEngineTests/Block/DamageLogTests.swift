import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Testing

@Suite struct `Damage that readers meet` {
    @Test func `is told and counted once for each page, however many queries meet it`() throws {
        let disk = SimulatedFileSystem(), events = `A database whose directory is gone`.Events()
        var configuration = CheckpointTestSupport.configuration()
        configuration.onEvent = { events.note($0) }
        configuration.pageCacheByteLimit = 0
        let database = try Database(files: disk, path: "/srv/data", configuration: configuration)
        for step in 0..<400 as Range<Int64> {
            try database.append { batch in
                for number in 0..<40 {
                    batch.append(
                        Double((step &* 7919 &+ Int64(number) &* 104_729) % 1_000_003) / 7,
                        at: Timestamp(milliseconds: 1000 + step * 17), to: ["__name__": "m", "n": "\(number)"])
                }
            }
        }
        try database.seal()
        let block = try #require(disk.snapshot.keys.first { $0.hasPrefix("/srv/data/blocks/") })
        func read() -> Int {
            let view = database.readView()
            var failures = 0
            let everything = Timestamp(milliseconds: 0)...Timestamp(milliseconds: 1 << 40)
            guard let series = try? view.series(in: everything) else { return 1 }
            for one in series where (try? one.samples()) == nil { failures += 1 }
            return failures
        }
        #expect(read() == 0 && database.statistics.damagedPlaces == 0)
        // The pages are in the block's first half; none of these has a copy.
        let count = disk.contents(of: block)!.count
        for place in [count / 4, count / 3, count / 2] { disk.flipBit(block, byte: place, bit: 3) }
        let failures = read()
        #expect(failures > 0)
        let found = database.statistics.damagedPlaces
        #expect((1...3).contains(found))
        for _ in 0..<5 { #expect(read() == failures) }
        #expect(database.statistics.damagedPlaces == found)
        #expect(events.all.count == found)
        for event in events.all {
            guard case .damageFound(.damaged(block, _)) = event else {
                Issue.record("\(event)")
                continue
            }
        }
    }
}
