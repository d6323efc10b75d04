import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Testing

@Suite struct `A snapshot that was never finished` {
    @Test func `goes when the database is opened for writing`() throws {
        let disk = SimulatedFileSystem()
        let database = try CheckpointTestSupport.open(disk)
        try database.append { $0.append(1, at: Timestamp(milliseconds: 1_700_000_000_000), to: ["__name__": "m"]) }
        let finished = try database.snapshot()
        try database.close()
        let part = "/data/snapshots/20260101T000000Z-0000000000000000.tmp/blocks/1.block"
        disk.setContents(of: part, to: [1, 2, 3])
        let again = try CheckpointTestSupport.open(disk)
        #expect(disk.contents(of: part) == nil)
        #expect(try disk.list("/data/snapshots") == [finished])
        try again.close()
    }
}
