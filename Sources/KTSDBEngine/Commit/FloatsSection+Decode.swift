internal import KTSDBModel

extension FloatsSection {
    /// Reads a section; false if it is malformed.
    static func decode(_ body: RawSpan, _ section: Range<Int>, into frame: inout LoggedCommit) -> Bool {
        var cursor = FieldCursor(section)
        guard let count = cursor.count(in: body, perByte: 2), count > 0, let flags = cursor.byte(in: body),
            flags & ~(equalTimes | idRuns | startTimes) == 0,
            flags & idRuns != 0
                ? decodeRuns(body, &cursor, count: count, into: &frame.ids)
                : decodePlain(body, &cursor, count: count, into: &frame.ids),
            let base = cursor.zigzag(in: body),
            decodeTimes(body, &cursor, base: base, count: count, areEqual: flags & equalTimes != 0, into: &frame.times),
            flags & startTimes == 0 || decodeStarts(body, &cursor, count: count, into: &frame.details)
        else { return false }
        return decodeValues(body, &cursor, count: count, into: &frame.values)
    }

    private static func decodeRuns(
        _ body: RawSpan, _ cursor: inout FieldCursor, count: Int, into ids: inout Column<UInt64>
    ) -> Bool {
        guard let runs = cursor.count(in: body) else { return false }
        ids.reserve(count)
        var previous: UInt64 = 0
        for _ in 0..<runs {
            guard let delta = cursor.zigzag(in: body), let rest = cursor.varint(in: body),
                rest < UInt64(count - ids.count)
            else { return false }
            let first = previous &+ UInt64(bitPattern: delta)
            var fresh = ids.extend(by: Int(rest) + 1)
            for offset in 0...Int(rest) { fresh[offset] = first &+ UInt64(offset) }
            previous = first &+ rest
        }
        return ids.count == count
    }

    private static func decodePlain(
        _ body: RawSpan, _ cursor: inout FieldCursor, count: Int, into ids: inout Column<UInt64>
    ) -> Bool {
        var fresh = ids.extend(by: count)
        var previous: UInt64 = 0
        for index in 0..<count {
            guard let delta = cursor.zigzag(in: body) else { return false }
            previous &+= UInt64(bitPattern: delta)
            fresh[index] = previous
        }
        return true
    }

    private static func decodeTimes(
        _ body: RawSpan, _ cursor: inout FieldCursor, base: Int64, count: Int, areEqual: Bool,
        into times: inout Column<Int64>
    ) -> Bool {
        var fresh = times.extend(by: count)
        guard !areEqual else {
            for index in 0..<count { fresh[index] = base }
            return true
        }
        var previous = base
        fresh[0] = base
        for index in 1..<count {
            guard let delta = cursor.zigzag(in: body) else { return false }
            previous &+= delta
            fresh[index] = previous
        }
        return true
    }

    private static func decodeStarts(
        _ body: RawSpan, _ cursor: inout FieldCursor, count: Int, into details: inout SampleDetails
    ) -> Bool {
        var start: Int64 = 0
        for row in 0..<count {
            guard let delta = cursor.zigzag(in: body) else { return false }
            start &+= delta
            details.note(start: start, row: row)
        }
        return true
    }

    static func decodeValues(
        _ body: RawSpan, _ cursor: inout FieldCursor, count: Int, into values: inout Column<Double>
    ) -> Bool {
        guard let codes = cursor.take((count + 1) / 2) else { return false }
        let end = cursor.end
        var position = cursor.position
        var fresh = values.extend(by: count)
        var previous: UInt64 = 0
        for index in 0..<count {
            // SAFETY: index / 2 is within the codes, which are within the body; eight bytes are loaded only where
            // they are within the body, and fresh has `count` elements.
            let pair = unsafe body.unsafeLoad(fromUncheckedByteOffset: codes.lowerBound &+ index &>> 1, as: UInt8.self)
            let code = (index & 1 == 0 ? pair : pair &>> 4) & 15
            let length = ValueCode.byteCount(code)
            guard length <= end &- position else { return false }
            var bytes: UInt64 = 0
            if _fastPath(position &+ 8 <= body.byteCount) {
                bytes = unsafe body.unsafeLoadUnaligned(fromUncheckedByteOffset: position, as: UInt64.self).littleEndian
                bytes &= length == 8 ? .max : (1 &<< UInt64(truncatingIfNeeded: length &* 8)) &- 1
            } else {
                for offset in 0..<length {
                    let byte = unsafe body.unsafeLoad(fromByteOffset: position + offset, as: UInt8.self)
                    bytes |= UInt64(byte) << UInt64(8 * offset)
                }
            }
            position &+= length
            previous = ValueCode.decode(code, bytes: bytes, previous: previous)
            unsafe fresh[unchecked: index] = Double(bitPattern: previous)
        }
        if count & 1 == 1 {
            let last = unsafe body.unsafeLoad(fromByteOffset: codes.upperBound - 1, as: UInt8.self)
            guard last >> 4 == 0 else { return false }
        }
        return position == end
    }
}
