import KTSDBModel
import KTSDBTesting
import Testing

@testable import KTSDBEngine

@Suite struct `The memory of chunks` {
    /// Whether all bytes of a buffer are `mark`.
    private static func holds(_ arena: borrowing ChunkArena, _ buffer: UInt32, _ sizeClass: UInt8, _ mark: UInt8)
        -> Bool
    {
        let bytes = arena.bytes(of: buffer, count: ChunkArena.capacity(ofClass: sizeClass)).array
        return bytes.allSatisfy { $0 == mark }
    }

    @Test(arguments: 0..<4) func `gives buffers that are zero, do not overlap and keep their bytes`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var arena = ChunkArena(gauge: ByteGauge())
        var buffers: [(buffer: UInt32, sizeClass: UInt8, mark: UInt8)] = []
        for round in 0..<6_000 {
            if buffers.isEmpty || random.below(5) < 3 {
                let sizeClass = UInt8(random.below(8)), mark = UInt8(1 + random.below(255))
                let buffer = arena.allocate(class: sizeClass)
                let isKept = Self.holds(arena, buffer, sizeClass, 0)
                #expect(isKept)
                arena.fill(
                    buffer, [UInt8](repeating: mark, count: ChunkArena.capacity(ofClass: sizeClass)).span.rawBytes)
                buffers.append((buffer, sizeClass, mark))
            } else {
                let (buffer, sizeClass, mark) = buffers.swapAt(random.below(buffers.count))
                let isKept = Self.holds(arena, buffer, sizeClass, mark)
                #expect(isKept, "round \(round)")
                arena.free(buffer, class: sizeClass)
            }
        }
        for (buffer, sizeClass, mark) in buffers {
            let isKept = Self.holds(arena, buffer, sizeClass, mark)
            #expect(isKept)
        }
    }

    @Test func `is little more than what is used, when all chunks grow together`() {
        let gauge = ByteGauge()
        var arena = ChunkArena(gauge: gauge)
        var buffers = (0..<1024).map { _ in arena.allocate(class: 0) }
        for sizeClass in UInt8(1)..<8 {
            for index in buffers.indices {
                let larger = arena.allocate(class: sizeClass)
                arena.free(buffers[index], class: sizeClass - 1)
                buffers[index] = larger
            }
        }
        let held = gauge.value, isEmpty = arena.isEmpty
        #expect(!isEmpty && held <= 1024 * 256 + 2 * ChunkArena.pageByteCount)
    }
}

extension Array {
    /// Removes an element, whose place the last one takes.
    fileprivate mutating func swapAt(_ index: Int) -> Element {
        swapAt(index, count - 1)
        return removeLast()
    }
}
