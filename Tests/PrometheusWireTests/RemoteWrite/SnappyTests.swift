import KTSDBTesting
import PrometheusWire
import Testing

@Suite struct `Snappy blocks` {
    /// What the format says, byte by byte, without a thought of speed.
    private func naiveDecode(_ block: [UInt8]) -> [UInt8]? {
        var position = 0
        func next() -> Int? {
            guard position < block.count else { return nil }
            position += 1
            return Int(block[position - 1])
        }
        var length = 0, shift = 0
        while true {
            guard let byte = next(), shift < 35 else { return nil }
            length |= (byte & 127) << shift
            shift += 7
            if byte < 128 { break }
        }
        var output: [UInt8] = []
        while let tag = next() {
            var count = (tag >> 2) + 1
            var offset = 0
            if tag & 3 == 0 {
                if count > 60 {
                    let extra = count - 60
                    count = 1
                    for index in 0..<extra {
                        guard let byte = next() else { return nil }
                        count += byte << (8 * index)
                    }
                }
                for _ in 0..<count {
                    guard let byte = next() else { return nil }
                    output.append(UInt8(byte))
                }
            } else {
                if tag & 3 == 1 {
                    count = (tag >> 2 & 7) + 4
                    offset = (tag >> 5) << 8
                    guard let byte = next() else { return nil }
                    offset |= byte
                } else {
                    for index in 0..<(tag & 3 == 2 ? 2 : 4) {
                        guard let byte = next() else { return nil }
                        offset |= byte << (8 * index)
                    }
                }
                guard offset > 0, offset <= output.count else { return nil }
                for _ in 0..<count { output.append(output[output.count - offset]) }
            }
            if output.count > length { return nil }
        }
        return output.count == length ? output : nil
    }

    private func decode(_ block: [UInt8], limit: Int = 1 << 20) throws(SnappyError) -> [UInt8] {
        var output = ByteWriter()
        output.append("before")
        try Snappy.decode(block.span, into: &output, limit: limit)
        return Array(output.bytes.dropFirst(6))
    }

    private func encode(_ bytes: [UInt8]) -> [UInt8] {
        var output = ByteWriter()
        Snappy.encode(bytes.span, into: &output)
        return output.bytes
    }

    private func randomText(_ random: inout SeededGenerator) -> [UInt8] {
        let alphabet = Int.random(in: 1...40, using: &random)
        var bytes = (0..<Int.random(in: 0...2000, using: &random)).map { _ in
            UInt8(Int.random(in: 0..<alphabet, using: &random) + 65)
        }
        for _ in 0..<Int.random(in: 0...40, using: &random) where bytes.count > 10 {
            let start = Int.random(in: 0..<bytes.count, using: &random)
            let end = min(bytes.count, start + Int.random(in: 1...300, using: &random))
            bytes += bytes[start..<end]
        }
        return bytes
    }

    @Test func `a block of another encoder is read`() throws {
        // "Wikipedia is a free, web-based, …": literal of 37, copies of one, two and four bytes.
        let block: [UInt8] =
            [20, 3 << 2] + Array("abcd".utf8) + [1 | 0 << 2, 4, 2 | 5 << 2, 2, 0, 3 | 5 << 2, 8, 0, 0, 0]
        #expect(try decode(block) == Array("abcdabcdcdcdcdcdcdcd".utf8.prefix(20)))
        #expect(try decode([0]) == [])
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `what is encoded reads back`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<10 {
            let text = randomText(&random)
            let block = encode(text)
            let announced = Snappy.announcedLength(of: block.span)
            #expect(announced == text.count)
            #expect(try decode(block) == text)
            #expect(naiveDecode(block) == text)
        }
    }

    @Test func `pieces over 64 KiB read back`() throws {
        var random = SeededGenerator(seed: 7)
        var text: [UInt8] = []
        while text.count < 300_000 { text += randomText(&random) }
        #expect(try decode(encode(text)) == text)
        let noise = (0..<200_000).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        #expect(try decode(encode(noise)) == noise)
    }

    @Test func `every cut is refused and appends nothing`() {
        var random = SeededGenerator(seed: 3)
        let block = encode(randomText(&random) + randomText(&random))
        for count in 0..<block.count {
            var output = ByteWriter()
            let cut = Array(block[..<count])
            #expect(throws: SnappyError.corrupt) { try Snappy.decode(cut.span, into: &output, limit: 1 << 20) }
            let appended = output.count
            #expect(appended == 0)
        }
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `damaged blocks decode as the naive decoder does or are refused`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<60 {
            var block = encode(Array(randomText(&random).prefix(400)))
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                block[Int.random(in: 0..<block.count, using: &random)] = UInt8(truncatingIfNeeded: random.next())
            }
            #expect((try? decode(block)) == naiveDecode(block).flatMap { $0.count <= 1 << 20 ? $0 : nil })
        }
    }

    @Test func `more than allowed, or more than there can be, is refused before it is decoded`() {
        let block = encode([UInt8](repeating: 1, count: 1000))
        #expect(throws: SnappyError.tooLarge(announced: 1000, limit: 999)) { try decode(block, limit: 999) }
        #expect(throws: SnappyError.corrupt) { try decode([255, 255, 255, 255, 7, 0, 1], limit: .max) }
        #expect(throws: SnappyError.corrupt) { try decode([255, 255, 255, 255, 255, 1], limit: .max) }
        #expect(throws: SnappyError.corrupt) { try decode([]) }
    }
}
