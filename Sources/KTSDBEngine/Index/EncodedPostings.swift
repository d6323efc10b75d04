internal import KTSDBModel

/// Ascending lists of series numbers as blocks store them (FORMAT.md, section 5).
///
/// The form of a list follows from its length and the number of all series, so it is not stored.
enum EncodedPostings {
    enum Form: Hashable {
        /// All series: no bytes.
        case all
        /// One series, whose number is stored with the term.
        case single
        /// More than a quarter of all series: one bit for each series.
        case bitmap
        /// The gaps between the numbers, in frames of 128: a width in bits, then the gaps packed to that width.
        case frames
    }

    /// The number of gaps in a frame; the last one may have fewer.
    static let frameCount = 128
    static func form(count: Int, total: Int) -> Form {
        if count == total { return .all }
        if count == 1 { return .single }
        return count > total / 4 ? .bitmap : .frames
    }

    /// Appends the bytes of a list of ascending numbers below `total`.
    static func append(_ list: Span<UInt32>, total: Int, to buffer: inout FieldBuffer) {
        switch form(count: list.count, total: total) {
        case .all, .single: break
        case .bitmap:
            let byteCount = (total + 7) / 8
            var bitmap = FixedArray<UInt8>(repeating: 0, count: byteCount)
            for index in 0..<list.count {
                let number = Int(list[index])
                precondition(number < total, "A list of \(total) series has the number \(number).")
                bitmap[number / 8] |= 1 << UInt8(number % 8)
            }
            buffer.append(bitmap.span.rawBytes)
        case .frames:
            var next: UInt32 = 0
            var first = 0
            while first < list.count {
                let end = min(first + frameCount, list.count)
                var all: UInt32 = 0
                var from = next
                for index in first..<end {
                    all |= list[index] - from
                    from = list[index] + 1
                }
                let width = UInt32.bitWidth - all.leadingZeroBitCount
                buffer.append(UInt8(width))
                buffer.appendBits(atMost: (end - first) * width) { writer in
                    for index in first..<end {
                        writer.put(UInt64(list[index] - next), width)
                        next = list[index] + 1
                    }
                }
                first = end
            }
        }
    }

    /// Appends the numbers of a list to `series`.
    ///
    /// Safe for any bytes, trusted or not.
    /// - Returns: False if the bytes are not an ascending list of `count` numbers below `total`, or the form is
    ///   `single`. `series` may then have more elements.
    static func decode(_ bytes: RawSpan, count: Int, total: Int, to series: inout [UInt32]) -> Bool {
        switch form(count: count, total: total) {
        case .single: return false
        case .all:
            series.append(contentsOf: 0..<UInt32(total))
            return true
        case .bitmap: return decodeBitmap(bytes, count: count, total: total, to: &series)
        case .frames: return decodeFrames(bytes, count: count, total: total, to: &series)
        }
    }

    private static func decodeBitmap(_ bytes: RawSpan, count: Int, total: Int, to series: inout [UInt32]) -> Bool {
        guard bytes.byteCount == (total + 7) / 8 else { return false }
        let start = series.count
        series.reserveCapacity(start + count)
        for index in 0..<bytes.byteCount {
            var rest = bytes.byte(at: index)
            while rest != 0 {
                let number = index * 8 + rest.trailingZeroBitCount
                guard number < total else { return false }
                series.append(UInt32(number))
                rest &= rest - 1
            }
        }
        return series.count - start == count
    }

    private static func decodeFrames(_ bytes: RawSpan, count: Int, total: Int, to series: inout [UInt32]) -> Bool {
        var cursor = FieldCursor(0..<bytes.byteCount)
        var next: UInt64 = 0
        var left = count
        series.reserveCapacity(series.count + count)
        while left > 0 {
            let frame = min(left, frameCount)
            guard let byte = cursor.byte(in: bytes), byte <= 32, let packed = cursor.take((frame * Int(byte) + 7) / 8)
            else { return false }
            let width = Int(byte)
            let gaps = bytes.extracting(packed.lowerBound..<bytes.byteCount), mask = lowBits(width)
            for index in 0..<frame {
                let number = next &+ gaps.paddedBits(at: index &* width) & mask
                guard number < total else { return false }
                series.append(UInt32(truncatingIfNeeded: number))
                next = number &+ 1
            }
            left -= frame
        }
        return cursor.remaining == 0
    }
}
