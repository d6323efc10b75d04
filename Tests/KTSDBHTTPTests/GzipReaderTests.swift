import CZlib
import KTSDBHTTP
import NIOCore
import Testing

@Suite struct `Unpacking gzip` {
    /// `bytes` as gzip packs them.
    static func packed(_ bytes: [UInt8]) -> [UInt8] {
        var input = bytes, output = [UInt8](repeating: 0, count: bytes.count + 1000)
        var stream = unsafe z_stream()
        let count = unsafe input.withUnsafeMutableBufferPointer { from in
            unsafe output.withUnsafeMutableBufferPointer { to in
                unsafe stream.next_in = from.baseAddress
                unsafe stream.avail_in = UInt32(from.count)
                unsafe stream.next_out = to.baseAddress
                unsafe stream.avail_out = UInt32(to.count)
                unsafe deflateInit2_(
                    &stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
                    Int32(MemoryLayout<z_stream>.size))
                unsafe deflate(&stream, Z_FINISH)
                unsafe deflateEnd(&stream)
                return unsafe Int(stream.total_out)
            }
        }
        return Array(output[..<count])
    }

    static func unpacked(_ bytes: [UInt8], slice: Int) throws(GzipError) -> [UInt8] {
        let reader = GzipReader(ByteBuffer(bytes: bytes))
        var output = ByteBuffer()
        while try reader.read(slice, into: &output) {}
        return Array(output.readableBytesView)
    }

    @Test(arguments: [1, 7, 100_000, 1 << 20])
    func `gives back one member, or several, in slices of any size`(slice: Int) throws {
        let first = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 * $0 >> 7) }, second = Array("a 1\n".utf8)
        #expect(try Self.unpacked(Self.packed(first), slice: slice) == first)
        #expect(
            try Self.unpacked(Self.packed(second) + Self.packed([]) + Self.packed(first), slice: slice) == second
                + first)
        #expect(try Self.unpacked(Self.packed([]), slice: slice).isEmpty)
    }

    @Test func `refuses what is damaged, cut off, or followed by something else`() {
        let page = Self.packed(Array("a 1\n".utf8))
        for count in 0..<page.count {
            #expect(throws: GzipError.cutOff, "\(count)") { try Self.unpacked(Array(page.prefix(count)), slice: 100) }
        }
        var changed = page
        changed[page.count - 8] ^= 1
        #expect(throws: GzipError.damaged) { try Self.unpacked(changed, slice: 100) }
        #expect(throws: GzipError.damaged) { try Self.unpacked(page + [0, 0, 0], slice: 100) }
        #expect(throws: GzipError.cutOff) { try Self.unpacked(page + page.dropLast(), slice: 100) }
        #expect(throws: GzipError.damaged) { try Self.unpacked([1, 2, 3], slice: 100) }
    }
}
