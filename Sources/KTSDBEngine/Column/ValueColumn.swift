internal import KTSDBModel

/// Values without their times, as blocks store them.
package enum ValueColumn {
    /// The most values in a column.
    package static let maximumRows = 1024
    /// The bytes of room that encoding a column may need.
    package static let maximumByteCount = 8 + (maximumRows * XORCode.maximumBits + 7) / 8 + BitWriter.slack
    /// The bytes that must be readable after those of a column, whatever is in them.
    package static let readablePadding = 32

    /// Whether all values have the same bits.
    package static func isConstant(_ values: Span<Double>) -> Bool {
        guard values.count > 0 else { return true }
        let first = values[0].bitPattern
        for index in 1..<values.count where values[index].bitPattern != first { return false }
        return true
    }

    /// Encodes 1 to 1024 values and returns the number of bytes. `target` has room for ``maximumByteCount``.
    package static func encodeXOR(_ values: Span<Double>, to target: inout MutableRawSpan) -> Int {
        precondition(values.count > 0 && values.count <= maximumRows, "A value column has \(values.count) values.")
        var writer = BitWriter(target._mutatingExtracting(0..<target.byteCount))
        var last = values[0].bitPattern
        writer.put(last, 64)
        var leading = XORCode.noWindow, trailing: UInt8 = 0
        for index in 1..<values.count {
            let value = values[index].bitPattern
            XORCode.put(value ^ last, after: 0, 0, leading: &leading, trailing: &trailing, to: &writer)
            last = value
        }
        return writer.finish()
    }

    /// Decodes the first `count` values of a column within `byteCount` bytes. Others may follow it there.
    ///
    /// Safe for any bytes. `bytes` has ``readablePadding`` more of them.
    /// - Returns: false if the bytes are malformed; `values` is then meaningless.
    package static func decodeXOR(
        _ bytes: RawSpan, byteCount: Int, count: Int, to values: inout MutableSpan<Double>
    ) -> Bool {
        guard count > 0 else { return true }
        guard byteCount >= 8 else { return false }
        let first = bytes.load(littleEndian: UInt64.self, at: 0)
        values[0] = Double(bitPattern: first)
        var reader = XORReader(bit: 64, value: first)
        let end = byteCount &* 8
        var index = 1
        // A value that starts at or before the end reads less than `readablePadding` bytes after it.
        while index < count, reader.bit <= end {
            let window = bytes.bits(at: reader.bit)
            guard reader.next(bytes, window) else { return false }
            values[index] = Double(bitPattern: reader.value)
            index &+= 1
        }
        return index == count && reader.bit <= end
    }

    /// Decodes the first `count` values of the column at the reader's position, which does not change.
    static func decodeXOR(
        _ reader: inout ColumnReader, count: Int, to values: inout MutableSpan<Double>
    ) -> Bool {
        let byteCount = reader.end - reader.position
        guard let bytes = reader.take(0) else { return false }
        return decodeXOR(bytes, byteCount: byteCount, count: count, to: &values)
    }
}
