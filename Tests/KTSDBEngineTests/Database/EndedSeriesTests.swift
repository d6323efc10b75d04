import KTSDBModel
import KTSDBTesting
import Synchronization
import Testing

@testable import KTSDBEngine

@Suite struct `Series that have ended` {
    /// A database of an hour's samples whose clock is set by hand.
    private struct Rig {
        let clock = ManualClock()
        let files = SimulatedFileSystem()
        let database: Database

        init() throws {
            var configuration = Database.Configuration()
            configuration.runsMaintenance = false
            configuration.clock = .manual(clock)
            database = try Database(files: files, path: "/data", configuration: configuration)
        }

        /// Appends a sample every 15 seconds to the series with these numbers, with maintenance in between.
        func run(_ numbers: Range<Int>, seconds: Int) throws {
            for _ in 0..<(seconds / 15) {
                clock.advance(by: .seconds(15))
                try append(numbers, 1)
                database.maintain()
            }
        }

        func append(_ numbers: Range<Int>, _ value: Double) throws {
            try database.append { batch in
                for number in numbers { batch.append(value, at: clock.now, to: labels(number)) }
            }
        }

        /// Ends the series with these numbers, a second after their last sample.
        func end(_ numbers: Range<Int>) throws {
            clock.advance(by: .seconds(1))
            try append(numbers, .staleMarker)
        }

        func labels(_ number: Int) -> Labels { ["__name__": "m", "number": "\(number)"] }

        var seriesCount: Int { database.statistics.series }

        func sampleCount(of number: Int) throws -> Int {
            let range = Timestamp(milliseconds: 0)...clock.now
            let matcher = try LabelMatcher("number", .equal, "\(number)")
            var count = 0
            for series in try database.readView().series(matching: matcher, in: range) {
                count += try series.samples().count
            }
            return count
        }
    }

    @Test func `leave memory within minutes, and all their samples can be read`() throws {
        let rig = try Rig()
        try rig.run(0..<2000, seconds: 600)
        #expect(rig.seriesCount == 2000 && rig.database.statistics.seals == 0)
        try rig.end(0..<500)
        try rig.run(500..<2000, seconds: 180)
        #expect(rig.seriesCount == 1500)
        #expect(rig.database.statistics.seals == 1)
        #expect(try rig.sampleCount(of: 0) == 41 && rig.sampleCount(of: 1999) == 52)
        // They come back as new series.
        try rig.run(0..<2000, seconds: 30)
        #expect(rig.seriesCount == 2000)
        #expect(try rig.sampleCount(of: 0) == 43)
        try rig.database.close()
    }

    @Test func `make no seal if they are few, and leave with the next one`() throws {
        let rig = try Rig()
        try rig.run(0..<2000, seconds: 600)
        try rig.end(0..<200)
        try rig.run(200..<2000, seconds: 1200)
        #expect(rig.seriesCount == 2000 && rig.database.statistics.seals == 0)
        try rig.run(200..<2000, seconds: 1860)
        #expect(rig.database.statistics.seals == 1)
        #expect(rig.seriesCount == 1800)
        try rig.database.close()
    }

    @Test func `make at most one seal in five minutes`() throws {
        let rig = try Rig()
        try rig.run(0..<3000, seconds: 600)
        for round in 0..<8 {
            try rig.end((round * 300)..<(round * 300 + 300))
            try rig.run((round * 300 + 300)..<3000, seconds: 75)
        }
        #expect((1...3).contains(rig.database.statistics.seals), "\(rig.database.statistics.seals)")
        try rig.run(2400..<3000, seconds: 420)
        #expect(rig.seriesCount == 600)
        try rig.database.close()
    }

    @Test func `stay if their target comes back with the next scrape`() throws {
        let rig = try Rig()
        try rig.run(0..<1000, seconds: 600)
        let created = rig.database.statistics.createdSeries
        for _ in 0..<20 {
            try rig.end(0..<1000)
            try rig.run(0..<1000, seconds: 30)
        }
        #expect(rig.database.statistics.createdSeries == created && rig.database.statistics.seals == 0)
        try rig.database.close()
    }

    @Test func `leave without a further seal when they have no sample since the last one`() throws {
        let rig = try Rig()
        try rig.run(0..<300, seconds: 600)
        try rig.database.seal()
        try rig.run(0..<100, seconds: 480)
        #expect(rig.seriesCount == 300, "they have been quiet for eight minutes")
        try rig.run(0..<100, seconds: 240)
        #expect(rig.seriesCount == 100 && rig.database.statistics.seals == 1)
        try rig.database.close()
    }

    @Test func `stay while a view from before the seal is open`() throws {
        let rig = try Rig()
        try rig.run(0..<1000, seconds: 600)
        try rig.end(0..<500)
        var view: ReadView? = rig.database.readView()
        try rig.run(500..<1000, seconds: 300)
        #expect(rig.database.statistics.seals == 1 && rig.seriesCount == 1000)
        let range = Timestamp(milliseconds: 0)...rig.clock.now
        #expect(try view?.series(in: range).count == 1000)
        view = nil
        try rig.run(500..<1000, seconds: 30)
        #expect(rig.seriesCount == 500)
        try rig.database.close()
    }

    /// However targets come and go, memory holds about what is alive, and nothing is lost.
    @Test(arguments: 0..<6 as Range<UInt64>) func `cost no more than a fraction of the others`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let rig = try Rig()
        let perTarget = 100, targets = 20
        var alive = Array(0..<targets), next = targets, expected: [Int: Int] = [:], most = 0
        for _ in 0..<400 {
            rig.clock.advance(by: .seconds(15))
            for target in alive {
                try rig.append((target * perTarget)..<((target + 1) * perTarget), 1)
                expected[target, default: 0] += 1
            }
            // A quarter of the targets is replaced in an hour, on average.
            if Int.random(in: 0..<48, using: &random) == 0 {
                let place = Int.random(in: 0..<targets, using: &random)
                try rig.end((alive[place] * perTarget)..<((alive[place] + 1) * perTarget))
                expected[alive[place]]! += 1
                alive[place] = next
                next += 1
            }
            rig.database.maintain()
            most = max(most, rig.seriesCount)
        }
        #expect(most <= perTarget * (targets + 8), "\(most) of \(next * perTarget)")
        for (target, count) in expected { #expect(try rig.sampleCount(of: target * perTarget) == count) }
        try rig.database.close()
    }
}
