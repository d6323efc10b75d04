import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Testing

@Suite struct `Metadata of metrics` {
    typealias Support = `A database with exemplars`

    static func metadata(_ help: String) -> MetricMetadata { MetricMetadata(type: "gauge", help: help, unit: "s") }

    static func append(_ name: String, _ help: String?, at time: Int64, to database: Database) throws {
        try database.append { batch in
            batch.append(1, at: Timestamp(milliseconds: time), to: ["__name__": name])
            if let help { batch.setMetadata(metadata(help), of: name) }
        }
    }

    @Test func `The last word counts, in memory, after a start, in blocks and merged ones`() throws {
        let disk = SimulatedFileSystem()
        let database = try Support.open(disk)
        try Self.append("a", "first", at: 1000, to: database)
        try database.seal()
        try Self.append("a", "second", at: 2000, to: database)
        try Self.append("b", "of b", at: 2000, to: database)
        try database.append { $0.setMetadata(MetricMetadata(type: "counter"), of: "") }
        let expected = ["a": Self.metadata("second"), "b": Self.metadata("of b")]
        #expect(try database.metadata() == expected && database.currentMetadata == expected)
        #expect(try database.metadata(of: "a") == ["a": Self.metadata("second")])
        #expect(try database.metadata(of: "c").isEmpty)
        #expect(try Support.open(disk.processEndImage()).metadata() == expected)
        try database.seal()
        #expect(try database.compact() == 1)
        #expect(try Support.blocks(disk, database).count == 1)
        database.maintain()
        #expect(try Support.open(disk.processEndImage()).metadata() == expected)
    }

    @Test func `Names without series leave memory after a seal, and stand in blocks`() throws {
        let disk = SimulatedFileSystem()
        let database = try Support.open(disk)
        try Self.append("gone", "was here", at: 1000, to: database)
        try Self.append("requests_total", nil, at: 1000, to: database)
        try database.append { batch in
            batch.setMetadata(Self.metadata("a family"), of: "requests")
            batch.setMetadata(Self.metadata("of nothing"), of: "nothing")
        }
        #expect(database.currentMetadata.count == 3)
        try Self.append("requests_total", nil, at: 10_000_000, to: database)
        try database.seal()
        database.maintain()
        #expect(database.currentMetadata == ["requests": Self.metadata("a family")])
        #expect(
            try database.metadata() == ["requests": Self.metadata("a family"), "gone": Self.metadata("was here")])
    }

    @Test func `Names without series are dropped when there are many, whatever their number`() throws {
        let database = try Support.open(SimulatedFileSystem())
        try Self.append("requests_total", "kept", at: 1000, to: database)
        for round in 0..<20 {
            try database.append { batch in
                for number in 0..<1000 { batch.setMetadata(Self.metadata("none"), of: "name_\(round)_\(number)") }
            }
            #expect(database.currentMetadata.count <= 8192)
        }
        #expect(database.currentMetadata["requests_total"] == Self.metadata("kept"))
    }

    @Test func `A commit may have metadata alone, and texts have a limit`() throws {
        let disk = SimulatedFileSystem()
        let database = try Support.open(disk)
        try database.append { $0.setMetadata(Self.metadata(String(repeating: "x", count: 1 << 16)), of: "a") }
        #expect(database.statistics.sequence == 0 && database.currentMetadata.isEmpty)
        try database.append { $0.setMetadata(Self.metadata("x"), of: "a") }
        try database.append { $0.setMetadata(Self.metadata("x"), of: "a") }
        #expect(database.statistics.sequence == 1)
        #expect(try Support.open(disk.processEndImage()).currentMetadata == ["a": Self.metadata("x")])
    }

    @Test(arguments: [(9_000, 10), (300, 60_000)])
    func `names without series do not fill the memory`(names: Int, length: Int) throws {
        let database = Database.inMemory()
        defer { try? database.close() }
        let help = String(repeating: "x", count: length)
        try database.append { batch in
            batch.append(1, at: Timestamp(milliseconds: 1), to: ["__name__": "kept"])
            batch.setMetadata(MetricMetadata(help: help), of: "kept")
        }
        for round in 0..<3 {
            try database.append { batch in
                for name in 0..<names { batch.setMetadata(MetricMetadata(help: help), of: "n\(round)_\(name)") }
            }
            #expect(database.currentMetadata.count <= 8_192 + 1)
        }
        #expect(database.currentMetadata["kept"] != nil)
        #expect(database.currentMetadata.reduce(0) { $0 + $1.value.help.utf8.count } <= 16 << 20)
    }
}
