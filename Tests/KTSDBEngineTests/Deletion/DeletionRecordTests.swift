import KTSDBModel
import KTSDBTesting
import Testing

@testable import KTSDBEngine

@Suite struct `The record of a deletion` {
    static func example() throws -> DeletionRecord {
        DeletionRecord(
            id: 0x1f, lists: [[.name("up"), .notEqual("job", "a")], [try .matches("i", "x.*")]],
            range: -1...1_700_000_000_000, through: 300, sequence: 302, createdAt: 1_700_000_000_001, isFinal: false)
    }

    @Test func `has the bytes that FORMAT.md shows, and they are read as they were meant`() throws {
        let record = try Self.example()
        #expect(record.key == "000000000000001f")
        let golden = try GoldenFile.bytes("deletion-v1.record", written: record.encoded)
        #expect(golden == record.encoded)
        #expect(try GoldenFile.example(under: "## 12.") == golden)
        #expect(DeletionRecord(key: record.key, golden) == record)
    }

    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func `comes back from its bytes`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let first = Int64(bitPattern: random.next()), last = Int64(bitPattern: random.next())
        var lists: [[LabelMatcher]] = []
        for _ in 0...random.below(3) {
            lists.append(
                try (0...random.below(3)).map { _ in
                    let operation = random.pick([LabelMatcher.Operation.equal, .notEqual, .matches, .doesNotMatch])
                    return try LabelMatcher(
                        random.pick(["", "job", "ä", "__name__"]), operation, random.pick(["", "a|b", ".+", "ü{2}"]))
                })
        }
        let record = DeletionRecord(
            id: random.next(), lists: lists, range: min(first, last)...max(first, last), through: random.next(),
            sequence: random.next(), createdAt: Int64(bitPattern: random.next()), isFinal: random.oneIn(2))
        #expect(DeletionRecord(key: record.key, record.encoded) == record)
    }

    @Test func `is refused when anything is cut, added, or impossible`() throws {
        let record = try Self.example(), bytes = record.encoded
        for count in bytes.indices { #expect(DeletionRecord(key: record.key, Array(bytes.prefix(count))) == nil) }
        #expect(DeletionRecord(key: record.key, bytes + [0]) == nil)
        for key in ["", "1f", "000000000000001F", "+00000000000001f", "00000000000000001f"] {
            #expect(DeletionRecord(key: key, bytes) == nil)
        }
        func changed(_ change: (inout DeletionRecord) -> Void) -> DeletionRecord? {
            var other = record
            change(&other)
            return DeletionRecord(key: other.key, other.encoded)
        }
        #expect(changed { $0.lists = [] } == nil)
        #expect(changed { $0.lists = [[]] } == nil)
        #expect(changed { $0.lists.append([]) } == nil)
        #expect(changed { $0.lists = [[LabelMatcher("i", .matches, "(", expression: nil)]] } == nil)
        #expect(changed { $0.id = 7 }?.id == 7)
        for (place, value) in [(0, 0), (0, 2), (1, 2), (1, 255)] as [(Int, UInt8)] {
            var other = bytes
            other[place] = value
            #expect(DeletionRecord(key: record.key, other) == nil)
        }
    }

    @Test(arguments: 1...30 as ClosedRange<UInt64>)
    func `never traps, whatever its bytes are`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let record = try Self.example()
        for _ in 0..<200 {
            var bytes = record.encoded
            for _ in 0...random.below(4) { bytes[random.below(bytes.count)] = UInt8(truncatingIfNeeded: random.next()) }
            if let read = DeletionRecord(key: record.key, bytes) {
                #expect(!read.lists.isEmpty && !read.lists.contains(where: \.isEmpty))
                #expect(DeletionRecord(key: read.key, read.encoded) == read)
            }
        }
    }

    @Test func `counts as stored by the commit that stored it first, not by those that repeat it`() throws {
        let record = try Self.example()
        var changes = RecordChanges()
        record.set(in: &changes)
        changes.set("000000000000001f", [1], in: "other")
        changes.set("malformed", [1], in: DeletionRecord.space)
        #expect(DeletionRecord.stored(by: 302, changes) == [record])
        #expect(DeletionRecord.stored(by: 303, changes) == [])
        record.remove(from: &changes)
        #expect(DeletionRecord.stored(by: 302, changes) == [])
    }
}
