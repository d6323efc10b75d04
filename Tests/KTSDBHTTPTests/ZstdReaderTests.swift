import CZstd
import KTSDBHTTP
import NIOCore
import Testing

@Suite struct `Unpacking zstd` {
    /// `bytes` as zstd packs them.
    static func packed(_ bytes: [UInt8]) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: ZSTD_compressBound(bytes.count))
        let capacity = output.count
        let count = unsafe bytes.withUnsafeBufferPointer { from in
            unsafe output.withUnsafeMutableBufferPointer { to in
                unsafe ZSTD_compress(to.baseAddress, capacity, from.baseAddress, from.count, 3)
            }
        }
        return Array(output[..<count])
    }

    static func unpacked(_ bytes: [UInt8], slice: Int = 100) throws(ZstdError) -> [UInt8] {
        let reader = ZstdReader(ByteBuffer(bytes: bytes))
        var output = ByteBuffer()
        while try reader.read(slice, into: &output) {}
        return Array(output.readableBytesView)
    }

    @Test(arguments: [1, 7, 100_000, 1 << 20])
    func `gives back one frame, or several, in slices of any size`(slice: Int) throws {
        let first = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 * $0 >> 7) }, second = Array("a 1\n".utf8)
        #expect(try Self.unpacked(Self.packed(first), slice: slice) == first)
        let several = Self.packed(second) + Self.packed([]) + Self.packed(first)
        #expect(try Self.unpacked(several, slice: slice) == second + first)
        #expect(try Self.unpacked(Self.packed([]), slice: slice).isEmpty)
    }

    @Test func `refuses what is damaged, cut off, or followed by something else`() {
        let page = Self.packed((0..<1000).map { UInt8(truncatingIfNeeded: $0 * $0 >> 7) })
        for count in 0..<page.count {
            #expect(throws: ZstdError.cutOff, "\(count)") { try Self.unpacked(Array(page.prefix(count))) }
        }
        #expect(throws: ZstdError.self) { try Self.unpacked(page + [0, 0, 0, 0]) }
        #expect(throws: ZstdError.cutOff) { try Self.unpacked(page + page.dropLast()) }
        #expect(throws: ZstdError.self) { try Self.unpacked([1, 2, 3, 4, 5]) }
    }

    @Test func `refuses a frame that asks for more memory than HTTP allows`() {
        // The head of what `zstd --long=27` writes: a window of 128 MiB.
        let frame: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x88, 0x64, 0x00, 0x00, 0x10, 0x00, 0x00, 0x02, 0x00]
        do throws(ZstdError) {
            _ = try Self.unpacked(frame)
            Issue.record("accepted")
        } catch {
            #expect(error.description.contains("requires too much memory"), "\(error)")
        }
    }

    @Test func `never traps, whatever byte is changed`() {
        let page = Self.packed((0..<300).map { UInt8(truncatingIfNeeded: $0 * $0 >> 5) })
        for place in page.indices {
            for bit in 0..<8 {
                var changed = page
                changed[place] ^= 1 << bit
                let reader = ZstdReader(ByteBuffer(bytes: changed))
                var output = ByteBuffer()
                // A changed length may announce any amount.
                while output.readableBytes < 1 << 16, (try? reader.read(1 << 10, into: &output)) == true {}
            }
        }
    }
}
