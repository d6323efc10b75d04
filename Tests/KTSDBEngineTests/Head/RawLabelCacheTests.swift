import KTSDBTesting
import Testing

@testable import KTSDBEngine

@Suite struct `Keys of label sets on the wire` {
    @Test(arguments: 0..<4) func `are found until their slots are taken out`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let hasher = RawLabelHasher()
        var keys = RawLabelCache()
        var model: [[UInt8]: UInt32] = [:]
        for round in 0..<2_000 {
            let bytes = (0..<random.below(40)).map { _ in UInt8(random.below(3)) }
            let key = unsafe hasher.key(of: bytes.span.bytes)
            #expect(keys.find(key) == model[bytes])
            if random.oneIn(2) {
                let slot = UInt32(random.below(500))
                keys.insert(key, slot)
                model[bytes] = slot
            }
            if round % 300 == 299 {
                let gone = Set((0..<random.below(200)).map { _ in UInt32(random.below(500)) })
                keys.remove(gone)
                model = model.filter { !gone.contains($0.value) }
            }
            #expect(keys.count == model.count)
        }
        for (bytes, slot) in model { #expect(keys.find(unsafe hasher.key(of: bytes.span.bytes)) == slot) }
    }

    @Test func `differ for bytes that differ in one place or in length`() {
        let hasher = RawLabelHasher()
        var seen: Set<UInt64> = []
        var count = 0
        for length in 0..<70 {
            let zeros = [UInt8](repeating: 0, count: length)
            seen.insert(unsafe hasher.key(of: zeros.span.bytes).tag)
            count += 1
            for index in 0..<length {
                for bit in 0..<8 {
                    var bytes = zeros
                    bytes[index] = 1 << UInt8(bit)
                    seen.insert(unsafe hasher.key(of: bytes.span.bytes).tag)
                    count += 1
                }
            }
        }
        #expect(seen.count == count)
    }
}
