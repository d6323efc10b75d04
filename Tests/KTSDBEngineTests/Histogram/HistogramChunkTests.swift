import KTSDBModel
import KTSDBTesting
import Testing

@testable import KTSDBEngine

@Suite struct `A chunk of histograms` {
    /// The chunks of a series of histograms, and what was put in.
    static func chunks(seed: UInt64, count: Int) -> (chunks: [HistogramChunk], histograms: [Histogram]) {
        var generator = HistogramGenerator(seed: seed)
        var details = SeriesDetails(), histograms: [Histogram] = []
        for row in 0..<count {
            let histogram = generator.next()
            guard histogram.isStorable else { continue }
            details.append(histogram, row: UInt32(histograms.count))
            histograms.append(histogram)
            _ = row
        }
        return (details.chunks, histograms)
    }

    @Test(arguments: 0..<30 as Range<UInt64>)
    func `gives back every bit, in its rows`(seed: UInt64) throws {
        let (chunks, expected) = Self.chunks(seed: seed, count: 400)
        var found: [[UInt64]] = [], rows: [Int] = []
        for chunk in chunks {
            #expect(
                chunk.decode { histogram, row in
                    found.append(histogram.words)
                    rows.append(row)
                })
        }
        #expect(found == expected.map(\.words))
        #expect(rows == Array(0..<expected.count))
    }

    @Test func `decodes its beginning alone`() throws {
        let chunk = Self.chunks(seed: 7, count: 300).chunks.max { $0.count < $1.count }!
        var all: [[UInt64]] = [], some: [[UInt64]] = []
        #expect(chunk.decode { histogram, _ in all.append(histogram.words) })
        #expect(chunk.decode(limit: all.count / 2) { histogram, _ in some.append(histogram.words) })
        #expect(some == Array(all.prefix(all.count / 2)))
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `any bytes are safe to decode`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let chunks = Self.chunks(seed: seed, count: 100).chunks
        for _ in 0..<200 {
            var chunk = random.pick(chunks)
            for _ in 0...random.below(4) { chunk.bytes[random.below(chunk.bytes.count)] = UInt8(random.below(256)) }
            if random.oneIn(3) { chunk.bytes.removeLast(random.below(chunk.bytes.count)) }
            if random.oneIn(3) { chunk.count = UInt32(random.below(100_000)) }
            var count = 0
            let isWhole = chunk.decode { histogram, _ in count += histogram.positive.counts.count }
            #expect(!isWhole || count >= 0)
        }
        for length in 0..<100 {
            let bytes = (0..<length).map { _ in UInt8(random.below(random.oneIn(2) ? 4 : 256)) }
            _ = HistogramChunk(firstRow: 0, count: 10, bytes: bytes).decode { _, _ in }
        }
    }

    @Test func `takes few bits for counts that grow evenly`() throws {
        var details = SeriesDetails()
        var histogram = Histogram(
            schema: 3, zeroThreshold: 1e-128, count: 0, sum: 0,
            positive: HistogramBuckets(offset: -10, counts: [Double](repeating: 0, count: 40)))
        for row in 0..<240 {
            for place in 0..<40 { histogram.positive.counts[place] += Double(place % 7) }
            histogram.count += 115
            histogram.sum += 0.5
            details.append(histogram, row: UInt32(row))
        }
        let bytes = details.chunks.reduce(0) { $0 + $1.bytes.count }
        #expect(bytes < 240 * 16)
        #expect(details.chunks.count <= 2)
    }

    @Test(arguments: 0..<10 as Range<UInt64>)
    func `a checkpoint's bytes give back what a series has, cut to some rows`(seed: UInt64) throws {
        var generator = HistogramGenerator(seed: seed), random = SeededGenerator(seed: seed)
        var details = SeriesDetails(), start: Int64 = 0
        for row in 0..<200 as Range<UInt32> {
            if random.oneIn(9) { start = Int64(random.below(1000)) }
            details.note(start: start, row: row)
            let histogram = generator.next()
            if random.below(3) > 0, histogram.isStorable { details.append(histogram, row: row) }
        }
        for rows in [1, 2, 77, 199, 200] {
            var buffer = FieldBuffer()
            details.encode(rows: rows, into: &buffer)
            var cursor = FieldCursor(0..<buffer.count)
            let read = try #require(SeriesDetails(&cursor, in: buffer.bytes, rows: UInt32(rows)))
            #expect(cursor.remaining == 0)
            #expect(Self.content(read, rows) == Self.content(details, rows))
            for _ in 0..<100 {
                var damaged = FieldBuffer()
                damaged.append(buffer.bytes)
                damaged.replace(at: random.below(buffer.count), littleEndian: UInt8(random.below(256)))
                var cursor = FieldCursor(0..<random.below(buffer.count + 1))
                guard let read = SeriesDetails(&cursor, in: damaged.bytes, rows: UInt32(rows)) else { continue }
                _ = Self.content(read, rows)
            }
        }
    }

    /// Times and values as columns have them; nil if chunks do not decode.
    private static func content(_ details: SeriesDetails, _ rows: Int) -> [[UInt64]]? {
        var columns = SampleColumns()
        for row in 0..<rows {
            columns.times.append(Int64(row))
            columns.values.append(1)
        }
        guard details.decode(0..<rows, into: &columns, at: 0) else { return nil }
        columns.fillStartTimes()
        var content = (0..<rows).map { [columns.values[$0].bitPattern] }
        for row in 0..<columns.startTimes.count { content[row].append(UInt64(bitPattern: columns.startTimes[row])) }
        for (row, histogram) in zip(columns.histograms.rows, columns.histograms.values) {
            content[Int(row)] += histogram.words
        }
        return content
    }
}
