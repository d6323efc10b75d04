import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Testing

/// Neither file of the MANIFEST can be read, or both are old: blocks, checkpoints and the log say what there is.
@Suite struct `A database without a MANIFEST` {
    typealias Damage = `A database with a damaged MANIFEST`

    @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64], [true, false])
    func `is found again in its other files`(seed: UInt64, closes: Bool) throws {
        let (disk, contents) = try Damage.make(seed: seed, closes: closes)
        for name in Damage.names { try disk.remove("/data/\(name)") }
        try Damage.expectAll(disk, contents, "seed \(seed), removed")
    }

    @Test(arguments: [7, 8] as [UInt64], [true, false])
    func `loses nothing when both files are cut to any length`(seed: UInt64, closes: Bool) throws {
        let (disk, contents) = try Damage.make(seed: seed, closes: closes)
        let bytes = try Damage.names.map { try #require(disk.contents(of: "/data/\($0)")) }
        for count in bytes[0].indices where Effort.isFull || count % 11 == 4 || count < 25 {
            let image = disk.processEndImage()
            for (name, bytes) in zip(Damage.names, bytes) {
                image.setContents(of: "/data/\(name)", to: Array(bytes.prefix(count)))
            }
            try Damage.expectAll(image, contents, "seed \(seed), both cut to \(count) of \(bytes[0].count) bytes")
        }
    }

    @Test func `loses nothing by flipped bits in both files`() throws {
        let (disk, contents) = try Damage.make(seed: 9, closes: false)
        var generator = SeededGenerator(seed: 9)
        for round in 0..<(Effort.isFull ? 1000 : 60) {
            let image = disk.processEndImage()
            for name in Damage.names {
                let count = image.contents(of: "/data/\(name)")!.count
                for _ in 0..<3 {
                    image.flipBit("/data/\(name)", byte: generator.below(count), bit: generator.below(8))
                }
            }
            try Damage.expectAll(image, contents, "round \(round)")
        }
    }

    @Test(arguments: [10, 11, 12] as [UInt64])
    func `loses nothing when both files are put back from an earlier time`(seed: UInt64) throws {
        for steps in 2...13 {
            let earlier = SimulatedFileSystem()
            _ = Workload(seed: seed, steps: steps).run(on: earlier)
            let disk = earlier.processEndImage()
            let old = Damage.names.map { disk.contents(of: "/data/\($0)") }
            let database = try Workload.open(disk)
            for step in 0..<9 as Range<Int64> {
                try database.append { batch in
                    let time = Timestamp(milliseconds: 1_800_000_000_000 + step)
                    batch.append(Double(step), at: time, to: ["__name__": "last", "step": "\(step)"])
                }
                if step % 3 == 1 { database.maintain() }
                if step % 4 == 2 { _ = try database.snapshot() }
            }
            let contents = try Workload.contents(of: database)
            let image = disk.processEndImage()
            for (name, bytes) in zip(Damage.names, old) {
                if let bytes { image.setContents(of: "/data/\(name)", to: bytes) }
            }
            try Damage.expectAll(image, contents, "seed \(seed), \(steps) steps")
        }
    }

    @Test func `loses nothing when the power goes at any call of the opening that finds it again`() throws {
        let (disk, contents) = try Damage.make(seed: 13, closes: false)
        for name in Damage.names { try disk.remove("/data/\(name)") }
        let probe = disk.processEndImage()
        _ = try Workload.open(probe)
        for call in 0..<probe.callCount {
            let image = disk.processEndImage()
            image.inject(.crash, atCall: call)
            _ = try? Workload.open(image)
            let again = image.crashImage(seed: UInt64(call))
            let database = try Workload.open(again)
            #expect(try Workload.contents(of: database) == contents, "power cut at call \(call)")
            #expect(database.recovery.damagedBlocks.isEmpty, "power cut at call \(call)")
        }
    }

    @Test func `takes back what was set aside`() throws {
        let (disk, contents) = try Damage.make(seed: 14, closes: true)
        // Blocks that are out of the way, as if nobody had known what they are.
        let blocks = try disk.list("/data/blocks")
        try disk.createDirectory("/data/set-aside/blocks")
        let database = try Workload.open(disk)
        let state = try Manifest.open(fileSystem: disk.processEndImage(), directory: "/data").state
        try database.close()
        let keep = SimulatedFileSystem()
        let manifest = try Manifest.open(fileSystem: keep, directory: "/data", databaseID: state.databaseID)
        try manifest.commit(
            ManifestEdit(
                nextSeriesID: state.nextSeriesID, sealedThrough: state.sealedThrough,
                nextBlockNumber: state.nextBlockNumber))
        for name in Damage.names { disk.setContents(of: "/data/\(name)", to: keep.contents(of: "/data/\(name)")!) }
        for name in blocks { try disk.rename("/data/blocks/\(name)", to: "/data/set-aside/blocks/\(name)") }
        disk.setContents(of: "/data/set-aside/blocks/00000000000000ff.block", to: [1, 2, 3])
        let image = disk.processEndImage()
        #expect(try Workload.contents(of: Workload.open(image.processEndImage())) != contents)
        let entries = try Database.restoreSetAside(files: image, path: "/data")
        #expect(entries.count { $0.state == .restored } == blocks.count && entries.count == blocks.count + 1)
        #expect(try Workload.contents(of: Workload.open(image)) == contents)
    }
}
