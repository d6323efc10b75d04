import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Testing

/// Segments of the log that were on the disk and are gone.
@Suite struct `A database without a segment of its log` {
    /// Commits in several segments, some of them in blocks, and a process that was killed.
    static func make(commits: Int) throws -> SimulatedFileSystem {
        let disk = SimulatedFileSystem()
        let database = try Workload.open(disk)
        for step in 0..<commits {
            try database.append { batch in
                for number in 0..<5 {
                    batch.append(
                        Double.random(in: 0...1), at: Timestamp(milliseconds: 1_700_000_000_000 + Int64(step) * 1000),
                        to: ["__name__": "m", "i": "\(number)"])
                }
            }
            if step == 6 { _ = try database.snapshot() }
        }
        return disk.processEndImage()
    }

    static func segments(of disk: SimulatedFileSystem) throws -> [String] {
        try disk.list("/data/wal").map { "/data/wal/\($0)" }
    }

    @Test(arguments: [1, 2, 9, 14, 40])
    func `notices that the newest one is gone, names it, and goes on`(commits: Int) throws {
        let disk = try Self.make(commits: commits)
        let newest = try #require(Self.segments(of: disk).last)
        try disk.remove(newest)
        let database = try Workload.open(disk)
        #expect(database.recovery.foundDamage)
        #expect(database.recovery.log.damage.contains { $0.reason == .missingSegment && $0.path == newest })
        #expect(database.recovery.description.contains(newest))
        try database.append { $0.append(1, at: Timestamp(milliseconds: 1_800_000_000_000), to: ["__name__": "later"]) }
        // The number is not given again: the file may be found.
        #expect(!(try Self.segments(of: disk).contains(newest)))
        let again = try Workload.open(disk.processEndImage())
        #expect(!again.recovery.log.damage.contains { $0.reason == .missingSegment })
        #expect(try Workload.contents(of: again) == Workload.contents(of: database))
    }

    @Test func `notices that all of them are gone`() throws {
        let disk = try Self.make(commits: 12)
        for path in try Self.segments(of: disk) { try disk.remove(path) }
        let database = try Workload.open(disk)
        #expect(database.recovery.log.damage.contains { $0.reason == .missingSegment })
    }

    @Test func `names what was in one between others`() throws {
        let disk = try Self.make(commits: 40)
        let segments = try Self.segments(of: disk)
        for path in segments.dropFirst().dropLast() {
            let image = disk.processEndImage()
            try image.remove(path)
            let database = try Workload.open(image)
            let lost =
                try Workload.contents(of: database) != Workload.contents(of: Workload.open(disk.processEndImage()))
            #expect(!lost || database.recovery.log.damage.contains { $0.reason == .missing && !$0.isSealed }, "\(path)")
        }
    }

    @Test func `says nothing after an orderly end, a kill, or an opening that was cut short`() throws {
        for commits in [0, 1, 13, 30] {
            let disk = try Self.make(commits: commits)
            let probe = disk.processEndImage()
            #expect(!(try Workload.open(probe).recovery.foundDamage))
            for call in 0..<probe.callCount {
                let image = disk.processEndImage()
                image.inject(.crash, atCall: call)
                _ = try? Workload.open(image)
                let recovery = try Workload.open(image.crashImage(seed: UInt64(call))).recovery
                // The segment that the first opening had begun may be torn.
                let lost = recovery.log.damage.contains { $0.reason == .missingSegment || $0.sequences != nil }
                #expect(!lost && recovery.log.setAside.isEmpty, "call \(call): \(recovery)")
                #expect(recovery.manifestFindings.isEmpty && recovery.damagedCheckpoints.isEmpty, "call \(call)")
            }
        }
    }

    @Test func `keeps commits that come after missing ones, out of the way`() throws {
        // Nothing was synced but by opening: commits behind a hole were promised to nobody.
        let disk = SimulatedFileSystem()
        var configuration = Workload.configuration(clock: TestClock())
        configuration.durability = .buffered
        let database = try Database(files: disk, path: "/data", configuration: configuration)
        for step in 0..<30 {
            try database.append { batch in
                for number in 0..<5 {
                    batch.append(
                        Double.random(in: 0...1), at: Timestamp(milliseconds: 1_700_000_000_000 + Int64(step) * 1000),
                        to: ["__name__": "m", "i": "\(number)"])
                }
            }
        }
        let image = disk.processEndImage()
        let segments = try Self.segments(of: image)
        #expect(segments.count > 3)
        let bytes = image.contents(of: segments[2])
        try image.remove(segments[1])
        let recovery = try Database(files: image, path: "/data", configuration: configuration).recovery
        #expect(recovery.foundDamage && recovery.log.setAside.count == segments.count - 2)
        #expect(image.contents(of: "/data/set-aside/" + segments[2].dropFirst(6)) == bytes)
    }
}
