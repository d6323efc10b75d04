import KTSDBTesting
import Testing

@testable import KTSDBEngine

@Suite struct RecordKeysTests {
    /// Keys and bytes are those of a dictionary after any changes, and copies keep what they had.
    @Test(arguments: 0..<4 as Range<UInt64>) func sameAsDictionary(seed: UInt64) {
        var generator = SeededGenerator(seed: seed), keys = RecordKeys(), model: [String: [UInt8]] = [:]
        var copies: [(RecordKeys, [String: [UInt8]])] = []
        for step in 0..<4000 {
            let key = "key-\(Int.random(in: 0..<1500, using: &generator))"
            let bytes: [UInt8]? = Bool.random(using: &generator) || step % 3 == 0 ? [UInt8(step & 255)] : nil
            keys[key] = bytes
            model[key] = bytes
            #expect(keys.count == model.count && keys.isEmpty == model.isEmpty)
            if step % 500 == 0 { copies.append((keys, model)) }
        }
        copies.append((keys, model))
        for (keys, model) in copies {
            #expect(keys.dictionary == model)
            for number in 0..<1500 { #expect(keys["key-\(number)"] == model["key-\(number)"]) }
        }
    }

    /// Tables with the same records are equal, whatever was in them before.
    @Test func equality() {
        var small = RecordKeys(), grown = RecordKeys()
        small["a"] = [1]
        for number in 0..<1000 { grown["\(number)"] = [] }
        for number in 0..<1000 { grown["\(number)"] = nil }
        grown["a"] = [1]
        #expect(small == grown)
        grown["a"] = [2]
        #expect(small != grown)
        grown["a"] = nil
        #expect(small != grown && grown.isEmpty && grown == RecordKeys())
    }
}
