import KTSDBModel
import KTSDBTesting
import Testing

@testable import KTSDBEngine

@Suite("Labels of blocks")
struct BlockLabelTests {
    private func block(_ labels: [Labels]) throws -> Block {
        let fileSystem = MemoryFileSystem()
        let summary = try BlockModel(labels).write(to: fileSystem)
        return try Block.open(fileSystem: fileSystem, path: "block", summary: summary)
    }

    @Test("labels of every kind come back, and are found", arguments: LabelKind.allCases)
    func roundTrip(kind: LabelKind) throws {
        let labels = kind.labelSets(700)
        let block = try block(labels)
        try block.verify()
        let canonical = BlockModel(labels).canonical.map(\.labels)
        // Twice: once from runs, and once with what is kept by then.
        for _ in 0..<2 {
            for (number, expected) in canonical.enumerated() {
                #expect(try block.labels(of: UInt32(number)) == expected)
            }
        }
        for (number, expected) in canonical.enumerated() where number % 23 == 0 {
            for label in expected.filter({ $0.name != "__name__" && $0.name != "job" }).suffix(2) {
                let alike = canonical.indices.filter { canonical[$0][label.name] == label.value }.map { UInt32($0) }
                #expect(try block.series(matching: [.equal(label.name, label.value)]) == alike)
                #expect(try block.series(matching: [.equal(label.name, label.value + "~")]) == [])
                let shorter = String(label.value.dropLast())
                let shorterAlike = canonical.indices.filter { canonical[$0][label.name] ?? "" == shorter }
                #expect(try block.series(matching: [.equal(label.name, shorter)]) == shorterAlike.map { UInt32($0) })
            }
        }
        for name in ["n", "pod", "id", "url", "path", "v", "w", "label_17", "own_3", "none"] {
            let values = Set(canonical.compactMap { $0[name] }.map { Array($0.utf8) })
            #expect(try block.labelValues(of: name) == values.sorted { $0.lexicographicallyPrecedes($1) })
        }
    }

    @Test("reading a label walks over no more than its own run", arguments: LabelKind.allCases)
    func linearWork(kind: LabelKind) throws {
        for count in [500, 2000] {
            let block = try block(kind.labelSets(count))
            var labelCount = 0
            for series in 0..<UInt32(count) { labelCount += try block.labels(of: series).count }
            // What is kept was walked over once more, at the most.
            #expect(try block.walkedTermCount() <= labelCount * BlockFormat.runCount * 2)
            #expect(try block.keptLabelByteCount() <= Block.keptLabelByteLimit)
        }
    }

    @Test("labels that do not fit into what is kept are refused once")
    func refusal() throws {
        let labels = LabelKind.identifiers.labelSets(4000)
        let block = try block(labels)
        for series in 0..<4000 as Range<UInt32> { _ = try block.labels(of: series) }
        let first = try block.walkedTermCount()
        for series in 0..<4000 as Range<UInt32> { _ = try block.labels(of: series) }
        let second = try block.walkedTermCount() - first
        #expect(second <= 4000 * BlockFormat.runCount)
        #expect(try block.keptLabelByteCount() < 10_000)
    }

    @Test("labels that come often are kept, and long ones among them do not keep the others away")
    func kept() throws {
        let block = try block(LabelKind.mixed.labelSets(700))
        for series in 0..<700 as Range<UInt32> { _ = try block.labels(of: series) }
        let before = try block.walkedTermCount()
        var long = 0
        for series in 0..<700 as Range<UInt32> {
            for label in try block.labels(of: series) where label.value.utf8.count > LabelFields.longestValue {
                long += 1
            }
        }
        #expect(try block.walkedTermCount() - before <= long * BlockFormat.runCount)
        #expect(long > 100)
    }

    @Test("a long value beside others is not looked at for these")
    func besideLongValue() throws {
        let fileSystem = MemoryFileSystem()
        // It stands before the others in their run.
        let long = Labels([("__name__", String(repeating: "a", count: 1 << 20))])
        let labels = [long] + (0..<40).map { Labels([("__name__", "good"), ("i", "\($0)")]) }
        let summary = try BlockModel(labels).write(to: fileSystem)
        var bytes = try fileSystem.open("block").readAll()
        // A bit of it is wrong, which whoever looks at it notices.
        let place = bytes.count - bytes.reversed().firstIndex(of: UInt8(ascii: "a"))! - (1 << 19)
        #expect(bytes[place] == UInt8(ascii: "a"))
        bytes[place] ^= 1
        let damaged = SimulatedFileSystem()
        damaged.setContents(of: "/block", to: bytes)
        let block = try Block.open(fileSystem: damaged, path: "/block", summary: summary)
        for series in try block.series(matching: [.equal("__name__", "good")]) {
            #expect(try block.labels(of: series)["__name__"] == "good")
        }
        #expect(try block.series(matching: [.equal("__name__", "good")]).count == 40)
        #expect(throws: ReadError.self) { try block.verify() }
        #expect(throws: ReadError.self) {
            for series in 0..<UInt32(block.seriesCount) { _ = try block.labels(of: series) }
        }
    }

    @Test("verification finds a list that is not that of the series with its value", arguments: [true, false])
    func otherLists(swapsValues: Bool) throws {
        // Two blocks whose postings differ: the sections of one with the lists of the other.
        var sum = LabelSum(), other = LabelSum()
        for series in 0..<100 as Range<UInt32> {
            sum.add(series, Int(series % 7))
            other.add(99 - series, Int((99 - series) % 7))
        }
        #expect(sum == other)
        if swapsValues { other.add(5, 1) } else { other.add(3, 3) }
        sum.add(3, swapsValues ? 1 : 4)
        #expect(sum != other && sum.count == other.count)
    }
}
