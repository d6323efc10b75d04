import KTSDBTesting
import Testing

@testable import KTSDBEngine

@Suite struct `The checksum CRC32C` {
    @Test func `of the standard's example is known`() {
        #expect(unsafe Array("123456789".utf8).span.bytes.crc32c() == 0xe306_9283)
    }

    /// Long spans are cut into lanes that are joined at the end: every length around where that begins, and some
    /// beyond.
    @Test func `is that of the plain way for every length and start`() {
        var random = SeededGenerator(seed: 1)
        let bytes = (0..<9_000).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        var lengths = Array(0...300) + Array(stride(from: 301, through: 8_900, by: 173))
        // Three lanes of 640 bytes: one round of them is 1,920 bytes.
        for rounds in 1...4 { lengths += (-9...9).map { 1_920 * rounds + $0 } }
        for length in lengths {
            let start = random.below(bytes.count - length + 1)
            let part = bytes[start..<start + length]
            #expect(unsafe bytes.span.bytes.extracting(start..<start + length).crc32c() == crc32c(part), "\(length)")
        }
    }

    @Test func `continues where another ended`() {
        var random = SeededGenerator(seed: 2)
        let bytes = (0..<9_000).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        let whole = crc32c(bytes)
        for cut in [0, 1, 7, 8, 255, 768, 4_095, 8_999, 9_000] {
            let first = unsafe bytes.span.bytes.extracting(0..<cut).crc32c()
            #expect(unsafe bytes.span.bytes.extracting(cut..<9_000).crc32c(continuing: first) == whole, "\(cut)")
        }
    }
}
