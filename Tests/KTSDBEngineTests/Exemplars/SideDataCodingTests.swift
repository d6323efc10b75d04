import KTSDBModel
import KTSDBTesting
import Testing

@testable import KTSDBEngine

@Suite struct `Exemplars and metadata as bytes` {
    static func columns(_ random: inout SeededGenerator) -> ExemplarColumns {
        var columns = ExemplarColumns()
        for _ in 0..<(1 + random.below(30)) {
            let pairs = (0..<random.below(4)).map { ("n\($0)", "\(random.below(1 << 30))") }
            let labels = Labels(pairs).stringForm
            columns.append(
                slot: .max, number: random.next(), time: Int64(truncatingIfNeeded: random.next()),
                value: random.oneIn(2) ? Double(random.below(100)) : Double(bitPattern: random.next()),
                ownsTime: random.oneIn(2), labels: labels.span)
        }
        return columns
    }

    static func metadata(_ random: inout SeededGenerator) -> [String: MetricMetadata] {
        var result: [String: MetricMetadata] = [:]
        for _ in 0..<random.below(10) {
            result["metric_\(random.below(1000))"] = MetricMetadata(
                type: ["counter", "gauge", ""].randomElement(using: &random)!, help: "Help é \(random.next())",
                unit: random.oneIn(2) ? "" : "seconds")
        }
        return result
    }

    static func records(_ random: inout SeededGenerator) -> RecordChanges {
        var changes = RecordChanges()
        for _ in 0..<(1 + random.below(20)) {
            let key = "group/\(random.below(7))"
            let bytes = (0..<random.below(40)).map { _ in UInt8(random.below(256)) }
            changes.set(key, random.below(4) == 0 ? nil : bytes, in: RecordSpace("space\(random.below(3))"))
        }
        return changes
    }

    static func isEqual(_ left: ExemplarColumns, _ right: ExemplarColumns) -> Bool {
        left.numbers == right.numbers && left.times == right.times && left.ownsTime == right.ownsTime
            && left.values.map(\.bitPattern) == right.values.map(\.bitPattern) && left.labels == right.labels
            && left.labelEnds == right.labelEnds
    }

    @Test(arguments: 0..<40 as Range<UInt64>) func `A frame brings them back, and no bytes make it trap`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let sideData = CommitSideData(
            exemplars: Self.columns(&random),
            newestSample: random.oneIn(4) ? .min : Int64(truncatingIfNeeded: random.next()),
            metadata: Self.metadata(&random), records: Self.records(&random))
        var samples = EncodedCommit()
        samples.encode(sideData)
        let context = FrameContext(wallClock: 0)
        var frame = LoggedCommit()
        let isWhole = frame.decode(
            samples.body.bytes, sequence: 1, context: context, isSealed: false, skipsRows: false)
        let read = frame.sideData
        #expect(read.newestSample == sideData.newestSample)
        #expect(isWhole && Self.isEqual(read.exemplars, sideData.exemplars) && read.metadata == sideData.metadata)
        #expect(read.records == sideData.records && !read.records.isEmpty)
        let isWholeToo = frame.decode(
            samples.body.bytes, sequence: 1, context: context, isSealed: true, skipsRows: true)
        let sealed = frame.sideData
        #expect(isWholeToo && sealed.exemplars.isEmpty && sealed.metadata == sideData.metadata)
        #expect(sealed.records == sideData.records)
        // SAFETY: the pointer is used during the call only.
        let whole = unsafe samples.body.bytes.withUnsafeBytes { unsafe Array($0) }
        for _ in 0..<300 {
            var bytes = whole
            for _ in 0..<(1 + random.below(3)) { bytes[random.below(bytes.count)] = UInt8(random.below(256)) }
            bytes.removeLast(random.below(3))
            _ = unsafe frame.decode(
                bytes.span.bytes, sequence: 1, context: context, isSealed: false, skipsRows: false)
            let exemplars = frame.sideData.exemplars
            for index in 0..<exemplars.count {
                let isSound = Labels.isWellFormed(
                    stringForm: exemplars.labels.span.extracting(exemplars.labelRange(index)))
                #expect(isSound)
            }
        }
    }
}
