/// Residuals as numbers from -6 to 6 in two streams of prefix codes: their upper bits, or their ranks in a list.
///
/// Each half of the column has its own stream, so that a decoder has two look-ups in flight.
enum SymbolBody {
    /// With fewer residuals than this, symbols do not pay.
    static let minimumCount = 64

    /// Returns how many of `count` residuals are in the first stream.
    @inline(__always)
    static func split(_ count: Int) -> Int { (count &+ 1) &>> 1 }

    // MARK: Decoding

    /// Decodes a prefix code: code, number of low bits, centre, exceptions, the low bits of all, the streams.
    @inline(never)
    static func decodePrefixCode(
        _ reader: inout ColumnReader, _ count: Int, _ workspace: inout IntegerWorkspace, _ kernels: ColumnKernels
    ) -> Bool {
        guard let number = reader.byte(atMost: UInt8(PrefixCode.count &- 1)), let shift = reader.byte(atMost: 57),
            let centre = reader.zigzag(), let exceptionCount = reader.varint(atMost: count)
        else { return false }
        var exceptions = reader
        for _ in 0..<exceptionCount { guard reader.varint() != nil, reader.varint() != nil else { return false } }
        guard let low = reader.take((count &* shift &+ 7) &>> 3),
            decodeStreams(&reader, number, count, &workspace.symbols, kernels)
        else { return false }
        let first = split(count), rest = count &- split(count)
        let second = secondOffset(count)
        if shift == 0 {
            kernels.widen(workspace.symbols, at: 0, first, adding: centre, to: &workspace.residuals, at: 0)
            kernels.widen(workspace.symbols, at: second, rest, adding: centre, to: &workspace.residuals, at: first)
        } else {
            kernels.unpack(low, count, width: shift, adding: centre, to: &workspace.residuals, at: 0)
            kernels.addShifted(workspace.symbols, at: 0, first, by: shift, to: &workspace.residuals, at: 0)
            kernels.addShifted(workspace.symbols, at: second, rest, by: shift, to: &workspace.residuals, at: first)
        }
        var place = 0
        for _ in 0..<exceptionCount {
            guard let distance = exceptions.varint(atMost: count), let value = exceptions.zigzag() else { return false }
            place &+= distance
            guard place < count else { return false }
            workspace.residuals[place] = value &+ centre
        }
        return true
    }

    /// Decodes a dictionary: code, size of the list, the list, the streams.
    @inline(never)
    static func decodeDictionary(
        _ reader: inout ColumnReader, _ count: Int, _ workspace: inout IntegerWorkspace, _ kernels: ColumnKernels
    ) -> Bool {
        guard let number = reader.byte(atMost: UInt8(PrefixCode.count &- 1)),
            let size = reader.byte(atMost: UInt8(PrefixCode.numberCount))
        else { return false }
        // In the order of numbers, -6 first. Numbers that are not in the list mean 0.
        var list = InlineArray<16, Int64>(repeating: 0)
        for symbol in 0..<size {
            guard let value = reader.zigzag() else { return false }
            list[PrefixCode.number(ofSymbol: symbol) + Int(PrefixCode.largest)] = value
        }
        guard decodeStreams(&reader, number, count, &workspace.symbols, kernels) else { return false }
        let first = split(count), second = secondOffset(count)
        // The tables have numbers from -6 to 6 only.
        for index in 0..<first { workspace.residuals[index] = list[Int(workspace.symbols[index]) &+ 6 & 15] }
        for index in first..<count {
            workspace.residuals[index] = list[Int(workspace.symbols[second &+ (index &- first)]) &+ 6 & 15]
        }
        return true
    }

    /// Returns where the second stream's numbers begin among the workspace's symbols: after the slack of the first.
    @inline(__always)
    private static func secondOffset(_ count: Int) -> Int { split(count) &+ ColumnKernels.slack }

    @inline(__always)
    private static func decodeStreams(
        _ reader: inout ColumnReader, _ code: Int, _ count: Int, _ symbols: inout MutableSpan<Int8>,
        _ kernels: ColumnKernels
    ) -> Bool {
        guard let firstLength = reader.varint(atMost: reader.end), let secondLength = reader.varint(atMost: reader.end),
            let first = reader.take(firstLength), let second = reader.take(secondLength)
        else { return false }
        return kernels.decodeSymbols(
            SymbolStream(bytes: first, byteCount: firstLength, count: split(count), start: 0),
            SymbolStream(
                bytes: second, byteCount: secondLength, count: count &- split(count), start: secondOffset(count)),
            code: code, to: &symbols)
    }
}
