/// The reason why bytes are not a valid snappy block.
package enum SnappyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The block is damaged, or is not a snappy block at all.
    case corrupt
    /// The block announces more bytes than allowed.
    case tooLarge(announced: Int, limit: Int)

    /// The reason, as part of a sentence.
    package var description: String {
        switch self {
        case .corrupt: "snappy: corrupt input"
        case .tooLarge(let announced, let limit):
            "snappy: decoded block is too large: \(announced) bytes, limit \(limit)"
        }
    }
}

/// The snappy block format, as `format_description.txt` of the snappy project defines it: a varint with the decoded
/// length, followed by literals and copies of earlier bytes. This is not the framing format.
package enum Snappy {
    /// Returns the decoded length that `block` announces, or nil if it does not start with one.
    package static func announcedLength(of block: Span<UInt8>) -> Int? { preamble(of: block)?.length }

    private static func preamble(of block: Span<UInt8>) -> (length: Int, end: Int)? {
        var length = 0
        for index in 0..<min(5, block.count) {
            length |= Int(block[index] & 127) << (7 * index)
            if block[index] < 128 { return length <= Int(UInt32.max) ? (length, index + 1) : nil }
        }
        return nil
    }

    /// Decodes `block` and appends the result, at most `limit` bytes; appends nothing if it throws.
    ///
    /// Memory grows by no more than the announced length, which is checked first. A block that cannot reach its
    /// announced length (a copy of three bytes makes at most 64) is refused before any memory is reserved.
    package static func decode(_ block: Span<UInt8>, into output: inout ByteWriter, limit: Int) throws(SnappyError) {
        guard let (length, start) = preamble(of: block) else { throw .corrupt }
        guard length <= limit else { throw .tooLarge(announced: length, limit: limit) }
        guard length / 32 <= block.count else { throw .corrupt }
        try output.append(upTo: length) { room throws(SnappyError) in
            // SAFETY: the two do not overlap, and `decode` stays within both.
            let isWhole = unsafe room.withUnsafeMutableBytes { target in
                unsafe block.withUnsafeBytes { source in
                    guard let output = target.baseAddress else { return false }
                    return unsafe decode(source, from: start, to: output, length: length)
                }
            }
            guard isWhole else { throw .corrupt }
            return length
        }
    }

    /// Copies 16 bytes at a time while both sides have room, even past the end of a short copy: the next one overwrites
    /// the excess. Every read and write is checked against `length` and the source's end first.
    // SAFETY: every access is checked, as described above.
    @unsafe @inline(never)
    private static func decode(
        _ source: UnsafeRawBufferPointer, from start: Int, to output: UnsafeMutableRawPointer, length: Int
    ) -> Bool {
        typealias Block = SIMD16<UInt8>
        guard let input = source.baseAddress else { return false }
        let end = source.count
        var read = start, written = 0
        while read < end {
            let tag = unsafe Int(input.load(fromByteOffset: read, as: UInt8.self))
            read &+= 1
            if tag & 3 == 0 {
                var count = tag &>> 2 &+ 1
                if count > 60 {
                    let extra = count &- 60
                    guard extra <= end &- read else { return false }
                    count = 0
                    for index in 0..<extra {
                        unsafe count |= Int(input.load(fromByteOffset: read &+ index, as: UInt8.self)) &<< (8 &* index)
                    }
                    count &+= 1
                    read &+= extra
                }
                guard count <= end &- read && count <= length &- written else { return false }
                if count <= 16 && read &+ 16 <= end && written &+ 16 <= length {
                    unsafe output.storeBytes(
                        of: input.loadUnaligned(fromByteOffset: read, as: Block.self), toByteOffset: written,
                        as: Block.self)
                } else {
                    unsafe (output + written).copyMemory(from: input + read, byteCount: count)
                }
                read &+= count
                written &+= count
                continue
            }
            let count: Int, offset: Int
            switch tag & 3 {
            case 1:
                guard read < end else { return false }
                count = 4 &+ (tag &>> 2 & 7)
                offset = unsafe (tag &>> 5) &<< 8 | Int(input.load(fromByteOffset: read, as: UInt8.self))
                read &+= 1
            case 2:
                guard end &- read >= 2 else { return false }
                count = 1 &+ tag &>> 2
                offset = unsafe Int(UInt16(littleEndian: input.loadUnaligned(fromByteOffset: read, as: UInt16.self)))
                read &+= 2
            default:
                guard end &- read >= 4 else { return false }
                count = 1 &+ tag &>> 2
                offset = unsafe Int(UInt32(littleEndian: input.loadUnaligned(fromByteOffset: read, as: UInt32.self)))
                read &+= 4
            }
            guard offset > 0 && offset <= written && count <= length &- written else { return false }
            let from = written &- offset
            var index = 0
            if offset >= 16 && written &+ 64 <= length {
                repeat {
                    unsafe output.storeBytes(
                        of: UnsafeRawPointer(output).loadUnaligned(fromByteOffset: from &+ index, as: Block.self),
                        toByteOffset: written &+ index, as: Block.self)
                    index &+= 16
                } while index < count
            } else if offset >= 8 && written &+ 64 <= length {
                repeat {
                    unsafe output.storeBytes(
                        of: UnsafeRawPointer(output).loadUnaligned(fromByteOffset: from &+ index, as: UInt64.self),
                        toByteOffset: written &+ index, as: UInt64.self)
                    index &+= 8
                } while index < count
            } else {
                // The copy may overlap its own output: a run repeats itself.
                while index < count {
                    unsafe output.storeBytes(
                        of: output.load(fromByteOffset: from &+ index, as: UInt8.self), toByteOffset: written &+ index,
                        as: UInt8.self)
                    index &+= 1
                }
            }
            written &+= count
        }
        return written == length
    }

    /// Appends `input` as a snappy block, with greedy matches of four bytes and more within pieces of 64 KiB.
    package static func encode(_ input: Span<UInt8>, into output: inout ByteWriter) {
        precondition(input.count <= Int(UInt32.max), "A snappy block holds at most 4 GiB.")
        var length = input.count
        while length >= 128 {
            output.append(UInt8(length & 127 | 128))
            length >>= 7
        }
        output.append(UInt8(length))
        var table = [UInt16](repeating: 0, count: 1 << 14)
        var start = 0
        while start < input.count {
            let end = min(start + 1 << 16, input.count)
            encodePiece(input.extracting(start..<end), &table, into: &output)
            start = end
        }
    }

    private static func encodePiece(_ piece: Span<UInt8>, _ table: inout [UInt16], into output: inout ByteWriter) {
        for index in table.indices { table[index] = 0 }
        func word(_ index: Int) -> UInt32 {
            UInt32(piece[index]) | UInt32(piece[index + 1]) << 8 | UInt32(piece[index + 2]) << 16
                | UInt32(piece[index + 3]) << 24
        }
        var literalStart = 0, position = 1
        while position + 4 <= piece.count {
            let bytes = word(position)
            let slot = Int((bytes &* 0x1E35_A7BD) >> 18)
            let candidate = Int(table[slot])
            table[slot] = UInt16(position)
            guard word(candidate) == bytes, candidate < position else {
                position += 1
                continue
            }
            var count = 4
            while position + count < piece.count && piece[candidate + count] == piece[position + count] { count += 1 }
            appendLiteral(piece.extracting(literalStart..<position), to: &output)
            appendCopy(offset: position - candidate, count: count, to: &output)
            position += count
            literalStart = position
        }
        appendLiteral(piece.extracting(literalStart..<piece.count), to: &output)
    }

    private static func appendLiteral(_ bytes: Span<UInt8>, to output: inout ByteWriter) {
        guard bytes.count > 0 else { return }
        let last = bytes.count - 1
        if last < 60 {
            output.append(UInt8(last << 2))
        } else if last < 256 {
            output.append(UInt8(60 << 2))
            output.append(UInt8(last))
        } else {
            output.append(UInt8(61 << 2))
            output.append(UInt8(last & 255))
            output.append(UInt8(last >> 8))
        }
        output.append(bytes)
    }

    private static func appendCopy(offset: Int, count: Int, to output: inout ByteWriter) {
        var left = count
        while left > 0 {
            let part = min(left, 64)
            output.append(UInt8((part - 1) << 2 | 2))
            output.append(UInt8(offset & 255))
            output.append(UInt8(offset >> 8))
            left -= part
        }
    }
}
