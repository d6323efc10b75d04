import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Testing

/// The file of side data that every later version reads, and its description in FORMAT.md.
@Suite struct `The golden file of side data` {
    typealias Support = CheckpointTestSupport
    static let path = "/data/checkpoints/0000000000000001.sidedata"

    static func write() throws -> SimulatedFileSystem {
        let disk = SimulatedFileSystem()
        _ = try Manifest.open(fileSystem: disk, directory: Support.path, databaseID: 0x0123_4567_89ab_cdef)
        let database = try Support.open(disk)
        let labels: Labels = ["__name__": "up", "job": "a"]
        let time = Timestamp(milliseconds: 1_700_000_000_000)
        try database.append { batch in
            batch.append(1, at: time, to: labels)
            let own = Timestamp(milliseconds: 1_699_999_999_750)
            batch.append(Exemplar(labels: ["trace_id": "4bf92f351"], value: 0.5, timestamp: own), at: time, to: labels)
            batch.append(Exemplar(labels: ["trace_id": "4bf92f352"], value: 2), at: time, to: labels)
            batch.setMetadata(MetricMetadata(type: "gauge", help: "Is it up?"), of: "up")
            batch.set("cpu/HighLoad", Array("firing".utf8), in: "alerts")
        }
        database.maintain()
        return disk.processEndImage()
    }

    @Test func `Today's writer gives its bytes, FORMAT.md shows them, and they are read as they were meant`() throws {
        let disk = try Self.write()
        let sideData = disk.contents(of: Self.path)!
        let golden = try GoldenFile.bytes("checkpoint-v1.sidedata", written: sideData)
        #expect(golden == sideData)
        #expect(try GoldenFile.example(under: "### The file of side data") == sideData)
        disk.setContents(of: Self.path, to: golden)
        let database = try Support.open(disk)
        #expect(database.recovery.damagedCheckpoints.isEmpty && database.recovery.log.replayedCommits == 0)
        let found = try database.exemplars(
            matching: [[]], in: Timestamp(milliseconds: 0)...Timestamp(milliseconds: .max))
        #expect(found.map(\.exemplars).joined().map(\.value) == [0.5, 2])
        #expect(found.first?.exemplars[0].labels == ["trace_id": "4bf92f351"])
        #expect(database.readView().records(in: "alerts") == ["cpu/HighLoad": Array("firing".utf8)])
        #expect(database.currentMetadata == ["up": MetricMetadata(type: "gauge", help: "Is it up?")])
    }
}
