import KTSDBModel
import KTSDBTesting
import Testing

@testable import KTSDBEngine

@Suite struct `Bit writers` {
    @Test(arguments: 0..<20)
    func `write what cursors read, and leave the bytes after the last word alone`(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let fields = (0..<200).map { _ in
            let count = Int.random(in: 0...64, using: &random)
            let bits = UInt64.random(in: 0 ... .max, using: &random)
            return (bits: count == 0 ? 0 : bits >> UInt64(64 - count), count: count)
        }
        var bytes = [UInt8](repeating: 0xa5, count: 200 * 8 + 32)
        var span = bytes.mutableSpan
        var writer = BitWriter(span.rawMutableBytes)
        for field in fields { writer.put(field.bits, field.count) }
        let byteCount = writer.finish()
        #expect(byteCount == (fields.reduce(0) { $0 + $1.count } + 7) / 8)
        #expect(bytes[(byteCount + 8)...].allSatisfy { $0 == 0xa5 })
        var cursor = BitCursor()
        for field in fields {
            let bits = cursor.next(field.count, in: bytes.span.rawBytes)
            #expect(bits == field.bits)
        }
    }

    @Test func `take exactly nine bytes for a put, and trap when they are not there`() async {
        var bytes = [UInt8](repeating: 0, count: 10)
        var span = bytes.mutableSpan
        var writer = BitWriter(span.rawMutableBytes)
        writer.put(.max, 64)
        #expect(bytes == [UInt8](repeating: 255, count: 8) + [0, 0])
        await #expect(processExitsWith: .failure) { Self.put(at: 16, of: 10) }
        await #expect(processExitsWith: .failure) { Self.put(at: 8, of: 9) }
        await #expect(processExitsWith: .failure) { Self.put(at: 0, of: 8) }
        await #expect(processExitsWith: .failure) { Self.put(at: 0, of: 0) }
        await #expect(processExitsWith: .failure) { Self.put(at: -8, of: 10) }
    }

    private static func put(at bit: Int, of byteCount: Int) {
        var bytes = [UInt8](repeating: 0, count: byteCount)
        var span = bytes.mutableSpan
        var writer = BitWriter(span.rawMutableBytes, bitCount: bit)
        writer.put(1, 1)
    }
}
