/// Ascending lists of series numbers as blocks store them (FORMAT.md, section 5).
///
/// The number of elements and of all series says which form a list has, so that no byte is needed for it.
enum EncodedPostings {
    enum Form: Hashable {
        /// All series: no bytes.
        case all
        /// One series, whose number stands with the term.
        case single
        /// More than a quarter of all series: one bit for each series.
        case bitmap
        /// The gaps between the numbers in frames of 128, each with a width and its gaps in bits of that width.
        case frames
    }

    /// The gaps in one frame.
    static let frameCount = 128
    /// What has to be readable behind the bytes of a list.
    static let readablePadding = 16

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
            let target = unsafe buffer.room(for: byteCount).assumingMemoryBound(to: UInt8.self)
            unsafe target.initialize(repeating: 0, count: byteCount)
            for index in 0..<list.count {
                let number = Int(list[index])
                precondition(number < total, "A series number is below the number of series.")
                unsafe target[number / 8] |= 1 << UInt8(number % 8)
            }
            buffer.commit(byteCount)
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
                let room = ((end - first) * width + 7) / 8
                // SAFETY: room for the bits and for what the writer may store behind them.
                var writer = unsafe BitWriter(
                    buffer.room(for: room + BitWriter.slack).assumingMemoryBound(to: UInt8.self))
                for index in first..<end {
                    writer.put(UInt64(list[index] - next), width)
                    next = list[index] + 1
                }
                buffer.commit(writer.finish())
                first = end
            }
        }
    }

    /// Appends the numbers of a list to `series`.
    ///
    /// Safe for any bytes, provided that ``readablePadding`` more of them can be read.
    /// - Returns: false if the bytes hold no ascending list of `count` numbers below `total`.
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
            // SAFETY: the load checks the span's bounds.
            var rest = unsafe bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)
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
            for index in 0..<frame {
                // SAFETY: the number's bits are within `packed`, and more bytes are readable behind the list.
                let gap = unsafe bytes.withUnsafeBytes {
                    unsafe BitPacking.value($0.baseAddress! + packed.lowerBound, index, width)
                }
                let number = next &+ gap
                guard number < total else { return false }
                series.append(UInt32(truncatingIfNeeded: number))
                next = number &+ 1
            }
            left -= frame
        }
        return cursor.remaining == 0
    }
}
