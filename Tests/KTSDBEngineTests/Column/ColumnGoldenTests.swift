import KTSDBEngine
import KTSDBTesting
import Testing

/// The columns whose bytes FORMAT.md explains, one behind the other; every later version must be able to read them.
@Suite("The golden columns")
struct ColumnGoldenTests {
    private static let name = "columns-v1"

    /// One for each way to store a column.
    static let columns: [[UInt64]] = {
        var random = SeededGenerator(seed: 1)
        var sum = 0.0, walk = 1000.0
        let stale: UInt64 = 0x7ff0_0000_0000_0002, nan: UInt64 = 0x7ff8_0000_0000_0001
        let infinity = Double.infinity.bitPattern
        return [
            // One value, as it stands within a family of buckets.
            Array(repeating: (0.25).bitPattern, count: 3),
            // Every source of exceptions.
            [(1.0).bitPattern, stale, stale, nan, infinity, infinity, (3.0).bitPattern, infinity],
            // Patterns of bits: neither decimals nor near any.
            [1.0 / 3, 2.0 / 3, 1.0 / 7].map(\.bitPattern),
            // Near decimals: a sum of tenths.
            (0..<10).map { _ in
                sum += 0.1
                return sum.bitPattern
            },
            // Frames with patches.
            (0..<20).map { Double($0 * 7 % 4 + ($0 % 9 == 5 ? 1_000_000 : 0)).bitPattern },
            // A line.
            (0..<6).map { Double([0, 1001, 1999, 3000, 4001, 5000][$0]).bitPattern },
            // A prefix code with low bits and an exception.
            (0..<120).map { row in
                walk += Double((0..<4).reduce(-16) { sum, _ in sum + random.below(9) })
                return (row == 50 ? 123_456 : walk).bitPattern
            },
            // A dictionary with runs of zeros.
            (0..<100).map { Double($0 < 30 || $0 > 64 ? 3 : $0 % 7 == 0 ? 70_000 : 901).bitPattern },
        ]
    }()

    @Test("the golden columns hold what they should")
    func reads() throws {
        var bytes = try GoldenFile.bytes(Self.name)
        for values in Self.columns {
            let decoded = try #require(ColumnCoder.decode(bytes, values.count, .best))
            #expect(decoded.values == values)
            bytes.removeFirst(decoded.byteCount)
        }
        #expect(bytes.isEmpty)
    }

    @Test("today's encoder gives their bytes, and FORMAT.md shows them")
    func writes() throws {
        let written = Self.columns.flatMap { ColumnCoder.encode($0, threshold: ColumnEncoder.small) }
        #expect(try GoldenFile.bytes(Self.name, written: written) == written)
        #expect(try GoldenFile.example(under: "## 7.") == written)
    }
}
