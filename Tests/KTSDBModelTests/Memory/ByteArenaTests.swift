import KTSDBModel
import Testing

@Suite struct `A byte arena` {
    @Test func `keeps what is appended while it grows`() {
        var arena = ByteArena(), model: [UInt8] = []
        for round in 0..<2_000 {
            arena.append(UInt8(truncatingIfNeeded: round))
            arena.append(littleEndian: UInt32(round))
            arena.append(([1, 2, 3] as [UInt8]).span.rawBytes)
            arena.append("literal")
            arena.append(String(repeating: "ö", count: round % 5))
            arena.append(repeating: 9, count: round % 4)
            arena.append(bytesOf: 0x0807_0605_0403_0201, count: round % 9)
            model.append(UInt8(truncatingIfNeeded: round))
            model += (0..<4).map { UInt8(truncatingIfNeeded: round >> (8 * $0)) }
            model += [1, 2, 3]
            model += Array("literal".utf8)
            model += Array(String(repeating: "ö", count: round % 5).utf8)
            model += [UInt8](repeating: 9, count: round % 4)
            model += (1...8).prefix(round % 9).map { UInt8($0) }
            arena.checkInvariants()
        }
        let bytes = arena.bytes.array, same = Array(arena.span)
        #expect(bytes == model && same == model)
    }

    @Test(arguments: [(0, [0]), (127, [127]), (128, [128, 1]), (300, [172, 2])] as [(UInt64, [UInt8])])
    func `writes integers in groups of seven bits`(value: UInt64, expected: [UInt8]) {
        var arena = ByteArena()
        arena.append(varint: value)
        let bytes = arena.bytes.array
        #expect(bytes == expected)
    }

    @Test func `writes the largest integer in ten bytes`() {
        var arena = ByteArena()
        arena.append(varint: .max)
        let bytes = arena.bytes.array
        #expect(bytes == [UInt8](repeating: 255, count: 9) + [1])
    }

    @Test func `appends as much as is written to its room, and changes what is there`() {
        var arena = ByteArena()
        arena.append(upTo: 100) { room in
            room.storeBytes(of: UInt16(0x0201).littleEndian, as: UInt16.self)
            return 2
        }
        arena.append(3 as UInt8)
        arena.replace(at: 1, littleEndian: 0x0504 as UInt16)
        let bytes = arena.bytes.array
        #expect(bytes == [1, 4, 5])
        arena.truncate(to: 1)
        let rest = arena.bytes.array
        #expect(rest == [1])
        arena.removeAll()
        let count = arena.count
        #expect(count == 0)
    }

    @Test func `leaves nothing behind when a write fails`() {
        struct Failure: Error {}
        var arena = ByteArena()
        arena.append(1 as UInt8)
        #expect(throws: Failure.self) { try arena.append(upTo: 5) { _ throws(Failure) in throw Failure() } }
        let bytes = arena.bytes.array
        #expect(bytes == [1])
    }

    @Test func `ends the process when it is told what cannot be`() async {
        await #expect(processExitsWith: .failure) {
            var arena = ByteArena()
            arena.append(upTo: 5) { _ in 6 }
        }
        await #expect(processExitsWith: .failure) {
            var arena = ByteArena()
            arena.append(upTo: 5) { _ in -1 }
        }
        await #expect(processExitsWith: .failure) {
            var arena = ByteArena()
            arena.truncate(to: 1)
        }
        await #expect(processExitsWith: .failure) {
            var arena = ByteArena()
            arena.append(1 as UInt8)
            arena.replace(at: 0, littleEndian: 1 as UInt16)
        }
        await #expect(processExitsWith: .failure) {
            var arena = ByteArena()
            arena.reserve(-1)
        }
        await #expect(processExitsWith: .failure) {
            var arena = ByteArena()
            arena.append(bytesOf: 0, count: 9)
        }
    }
}
