import KTSDBModel
import Testing

@Suite struct `Spans` {
    @Test func `read integers at any offset, lowest byte first`() {
        let bytes: [UInt8] = [9, 1, 2, 3, 4, 5, 6, 7, 8]
        let raw = bytes.span.rawBytes
        let words = (raw.load(littleEndian: UInt64.self, at: 1), raw.load(littleEndian: UInt16.self, at: 7))
        #expect(words == (0x0807_0605_0403_0201, 0x0807))
        let word = raw.word(at: 1)
        #expect(word == words.0)
        let byte = raw.byte(at: 8), array = raw.array, text = raw.extracting(0..<0).text
        #expect(byte == 8 && array == bytes && text == "")
    }

    @Test func `compare bytes`() {
        let left: [UInt8] = [1, 2, 3, 4], right: [UInt8] = [0, 2, 3, 5]
        let comparisons = (
            left.span.isEqual(to: left.span), left.span.isEqual(to: right.span),
            left.span.isEqual(at: 1, to: right.span, at: 1, count: 2),
            left.span.isEqual(at: 1, to: right.span, at: 1, count: 3),
            [UInt8]().span.isEqual(to: [UInt8]().span)
        )
        #expect(comparisons == (true, false, true, false, true))
        let places = (left.span.rawBytes.offset(of: 3, from: 0), left.span.rawBytes.offset(of: 3, from: 3))
        #expect(places.0 == 2 && places.1 == nil)
    }

    @Test func `compare and copy runs of every length up to 70 bytes`() {
        let bytes = (0..<80).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
        for count in 0...70 {
            for start in 0..<3 {
                let shifted = [1, 2, 3, 4] + bytes[start..<(start + count)] + [9]
                let isSame = bytes.span.isEqual(at: start, to: shifted.span, at: 4, count: count)
                #expect(isSame)
                for place in 0..<count {
                    var changed = shifted
                    changed[4 + place] ^= 0x80
                    let isSame = bytes.span.isEqual(at: start, to: changed.span, at: 4, count: count)
                    #expect(!isSame)
                }
                let copy = [UInt8](capacity: count + 1) { output in
                    output.append(7)
                    output.append(bytes.span.extracting(start..<(start + count)))
                }
                #expect(copy == [7] + bytes[start..<(start + count)])
            }
        }
    }

    @Test func `read a table at a masked index, and trap when it is empty`() async {
        let table: [Int64] = [1, 2, 3, 4]
        let elements = (table.span[masked: 2], table.span[masked: 6], table.span[masked: -1])
        #expect(elements == (3, 3, 4))
        await #expect(processExitsWith: .failure) { _ = [Int64]().span[masked: 0] }
    }

    @Test func `hand over four numbers at once`() {
        var numbers = (0..<9).map(Double.init)
        let lanes = numbers.span.lanes(5), gathered = unsafe numbers.span.gather(unchecked: [8, 0, 3, 3])
        #expect(lanes == [5, 6, 7, 8] && gathered == [8, 0, 3, 3])
        var span = numbers.mutableSpan
        span.setLanes([1, 1, 1, 1], at: 5)
        span.update(at: 0, from: [7, 7].span)
        #expect(numbers == [7, 7, 2, 3, 4, 1, 1, 1, 1])
    }

    @Test func `of a literal have its bytes`() {
        let literal: StaticString = "__name__"
        #expect(literal.bytes.text == "__name__")
    }

    @Test func `end the process when something is not within them`() async {
        await #expect(processExitsWith: .failure) {
            _ = ([1, 2, 3, 4, 5, 6, 7] as [UInt8]).span.rawBytes.load(littleEndian: UInt64.self, at: 0)
        }
        await #expect(processExitsWith: .failure) {
            _ = ([1, 2, 3, 4, 5, 6, 7] as [UInt8]).span.rawBytes.load(littleEndian: UInt16.self, at: -1)
        }
        await #expect(processExitsWith: .failure) {
            _ = ([1, 2, 3, 4, 5, 6, 7] as [UInt8]).span.rawBytes.word(at: 0)
        }
        await #expect(processExitsWith: .failure) {
            _ = ([1, 2, 3, 4, 5, 6, 7, 8] as [UInt8]).span.rawBytes.word(at: -1)
        }
        await #expect(processExitsWith: .failure) { _ = ([1] as [UInt8]).span.rawBytes.byte(at: 1) }
        await #expect(processExitsWith: .failure) {
            _ = [UInt8](capacity: 2) { $0.append(([1, 2, 3] as [UInt8]).span) }
        }
        await #expect(processExitsWith: .failure) { _ = ([1, 2, 3, 4] as [Double]).span.lanes(1) }
        await #expect(processExitsWith: .failure) {
            var numbers: [Double] = [1, 2]
            var span = numbers.mutableSpan
            span.update(at: 1, from: [1, 2].span)
        }
        await #expect(processExitsWith: .failure) {
            _ = ([1, 2] as [UInt8]).span.isEqual(at: 1, to: ([1, 2] as [UInt8]).span, at: 0, count: 2)
        }
    }
}
