import KTSDBModel
import KTSDBTesting
import PromQL
import Testing

@testable import KTSDBEngine

/// Random histories: queries that use rollups have the bits of queries that do not.
@Suite struct `Rollups of random histories` {
    typealias Support = RollupTestSupport

    /// A database to which random things happen.
    struct History {
        let disk = SimulatedFileSystem()
        let clocks = MovableClocks()
        let configuration: Database.Configuration
        var database: Database
        var generator: SeededGenerator
        var counters = [Double](repeating: 0, count: 8)
        var deletions: [UInt64] = []

        init(seed: UInt64, retention: Duration? = nil) throws {
            generator = SeededGenerator(seed: seed)
            clocks.now = Support.start + 600_000
            let matcher = LabelMatcher.notEqual("i", "5")
            var configuration = try Support.configuration(
                clocks,
                [Support.rule("minutes", 60), Support.rule("more", 300, matching: [.name("m"), matcher])])
            configuration.retention = retention
            self.configuration = configuration
            database = try Database(files: disk, path: "/data", configuration: configuration)
        }

        private static func labels(_ number: Int) -> Labels { ["__name__": "m", "i": "\(number)"] }

        private mutating func value(_ number: Int) -> Double {
            switch number {
            case 0:
                counters[0] = generator.oneIn(9) ? 0 : counters[0] + Double(generator.below(10))
                return counters[0]
            case 1: return Double(generator.below(1000)) / 7
            case 2: return generator.pick([.nan, .infinity, -.infinity, 0, -0.0, 1, .staleMarker, 1e300])
            case 3: return Double(generator.below(100) - 50)
            default: return generator.oneIn(20) ? .staleMarker : Double(generator.below(1 << 30))
            }
        }

        private mutating func histogram() -> Histogram {
            var histogram = Histogram()
            let count = Double(generator.below(20))
            (histogram.count, histogram.zeroCount, histogram.sum) = (count, count, count * 2)
            return histogram
        }

        mutating func append() throws {
            clocks.now += Int64(generator.below(60) + 1) * 3000
            let now = clocks.now
            var rows: [(Int, Int64, Double, Histogram?)] = []
            for number in 0..<7 where !generator.oneIn(3) {
                for _ in 0..<generator.below(4) {
                    let isLate = generator.oneIn(6)
                    let time = now - Int64(generator.below(isLate ? 2_000_000 : 60_000)) / 1000 * 1000
                    let histogram = number == 6 || number == 4 && generator.oneIn(8) ? histogram() : nil
                    rows.append((number, time, value(number), histogram))
                }
            }
            let keepsLast = !generator.oneIn(4)
            try database.append { batch in
                batch.duplicates = keepsLast ? .keepLast : .reject
                for (number, time, value, histogram) in rows {
                    let labels = Self.labels(number)
                    if let histogram {
                        batch.append(histogram, at: Support.time(time), to: labels)
                    } else {
                        batch.append(value, at: Support.time(time), to: labels)
                    }
                }
            }
        }

        mutating func step(deletes: Bool = true) throws {
            switch generator.below(20) {
            case 0...9: try append()
            case 10, 11: try database.seal()
            case 12, 13: try database.rollUp()
            case 14: _ = try database.compact()
            case 15: database.maintain()
            case 16 where deletes:
                let first = clocks.now - Int64(generator.below(3_000_000)), number = generator.below(7)
                let found = try database.delete(
                    matching: [[.name("m"), .equal("i", "\(number)")]],
                    in: Support.time(first)...Support.time(first + Int64(generator.below(600_000))))
                if let found { deletions.append(found.id) }
            case 17 where deletes:
                guard let id = deletions.randomElement(using: &generator) else { return }
                try? database.undelete(id)
            case 18 where deletes:
                if generator.oneIn(4) { try database.reclaim() } else { clocks.now += 1_000_000 }
            case 19:
                try database.close()
                database = try Database(files: disk, path: "/data", configuration: configuration)
                #expect(!database.recovery.foundDamage)
            default: try append()
            }
        }
    }

    /// Queries whose windows are made of intervals, and some others.
    static func queries(_ generator: inout SeededGenerator) -> (text: String, step: Int64) {
        let function = generator.pick(Support.functions),
            window = generator.pick(["1m", "5m", "10m", "15m", "1h", "70s"])
        let offset = generator.pick(["", " offset 5m", " offset 1m", " offset 10s"])
        let step = generator.pick([60_000, 300_000, 420_000, 90_000] as [Int64])
        let text = "\(function)_over_time(m[\(window)]\(offset))"
        return (generator.oneIn(3) ? "sum by (i) (\(text))" : text, step)
    }

    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func `have the bits of all samples`(seed: UInt64) async throws {
        var history = try History(seed: seed), used = 0
        for step in 0..<160 {
            try history.step()
            guard step % 4 == 3 else { continue }
            let view = history.database.readView()
            let end = history.clocks.now / 300_000 * 300_000 + 300_000
            for _ in 0..<3 {
                let (text, step) = Self.queries(&history.generator)
                let first = end - Int64(history.generator.below(20)) * step
                let raw = try await Support.bits(text, .off, from: first, through: end, step: step, in: view)
                let rolled = try await Support.bits(text, .exact, from: first, through: end, step: step, in: view)
                #expect(raw == rolled, "\(text) from \(first - Support.start) by \(step), seed \(seed)")
                if raw != rolled { return }
                used += view.rollupIntervals(of: .maximum).isEmpty ? 0 : 1
            }
        }
        #expect(used > 10)
        #expect(history.database.statistics.rollups.failure == nil)
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func `say after the retention of samples what they said before`(seed: UInt64) async throws {
        var history = try History(seed: seed, retention: .seconds(4 * 3600)), known: [(Int64, [String: [String]])] = []
        var expired = 0
        for _ in 0..<260 {
            try history.step(deletes: false)
            if history.generator.oneIn(12) { history.clocks.now += 900_000 }
            // By now nothing comes late any more.
            let end = (history.clocks.now - 3 * Support.hour) / 300_000 * 300_000
            if known.last.map({ $0.0 < end }) ?? true {
                let view = history.database.readView()
                let rolled = try await Support.bits(
                    "count_over_time(m[10m])", .exact, from: end, through: end, step: 300_000, in: view)
                let raw = try await Support.bits(
                    "count_over_time(m[10m])", .off, from: end, through: end, step: 300_000, in: view)
                #expect(raw == rolled, "seed \(seed)")
                known.append((end, raw))
            }
        }
        try history.database.seal()
        try history.database.rollUp()
        let view = history.database.readView()
        for (end, raw) in known {
            let rolled = try await Support.bits(
                "count_over_time(m[10m])", .exact, from: end, through: end, step: 300_000, in: view)
            #expect(raw == rolled, "seed \(seed), \(end - Support.start)")
            let now = try await Support.bits(
                "count_over_time(m[10m])", .off, from: end, through: end, step: 300_000, in: view)
            if now != raw { expired += 1 }
        }
        #expect(expired > 0)
    }
}
