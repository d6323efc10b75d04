internal import KTSDBModel

/// A prefix code for small numbers, one of a fixed family.
///
/// Building a code for each column would cost more than decoding the column, so a column names one of these. One
/// look-up with 11 bits yields up to eight numbers.
///
/// Symbols 0 to 12 are the numbers 0, 1, -1, 2, -2 to 6, -6. Symbols 13, 14 and 15 are runs of 2, 4 and 8 zeros, which
/// bring series that rarely change below one bit a sample.
struct PrefixCode: Sendable {
    static let symbolCount = 16
    /// The length of the longest code, and the width of an index into the tables.
    static let indexBits = 11
    /// Symbols 0 to 12 are the numbers from minus this to this.
    static let largest: Int64 = 6
    /// How many numbers have a symbol.
    static let numberCount = 13

    /// How many codes there are.
    static let count = PrefixCodeLengths.all.count
    static let all = PrefixCodeLengths.all.indices.map { PrefixCode(lengths: PrefixCodeLengths.all[$0]) }
    /// The lengths of all codes as vectors, to be multiplied by how often symbols occur.
    static let lengthVectors = all.map { code in
        var lengths = SIMD16<Int32>()
        for symbol in 0..<symbolCount { lengths[symbol] = Int32(code.lengths[symbol]) }
        return lengths
    }

    /// The length of each symbol's code in bits; 0 if the symbol has no code.
    let lengths: InlineArray<16, UInt8>
    /// The bits of each symbol's code, the first one lowest.
    let codes: InlineArray<16, UInt16>

    var usesRuns: Bool { lengths[13] > 0 }

    static func number(ofSymbol symbol: Int) -> Int { symbol & 1 == 1 ? (symbol + 1) / 2 : -(symbol / 2) }

    @inline(__always)
    static func symbol(of number: Int) -> Int { number > 0 ? 2 &* number &- 1 : -2 &* number }

    /// Returns how many numbers a symbol yields.
    private static func count(ofSymbol symbol: Int) -> Int { symbol < numberCount ? 1 : 1 << (symbol - 12) }

    /// Creates the canonical code with these lengths: shorter codes first, then by symbol.
    init(lengths digits: UInt64) {
        var lengths = InlineArray<16, UInt8>(repeating: 0)
        for symbol in 0..<Self.symbolCount { lengths[symbol] = UInt8(digits >> UInt64(60 - 4 * symbol) & 15) }
        self.lengths = lengths
        codes = Self.codes(lengths)
    }

    private static func codes(_ lengths: InlineArray<16, UInt8>) -> InlineArray<16, UInt16> {
        var codes = InlineArray<16, UInt16>(repeating: 0)
        var next = 0
        for length in 1...indexBits {
            for symbol in 0..<symbolCount where Int(lengths[symbol]) == length {
                // Streams are read from the lowest bit, so the bits of codes are reversed.
                for bit in 0..<length where next >> bit & 1 == 1 { codes[symbol] |= 1 << UInt16(length - 1 - bit) }
                next += 1
            }
            next <<= 1
        }
        precondition(next == 2 << indexBits, "The code lengths make up a complete code.")
        return codes
    }

    /// Passes the entries of the code's part of ``PrefixCodeTables`` to `put`: index, output, step.
    func fillTables(_ put: (Int, UInt64, UInt8) -> Void) {
        let size = PrefixCodeTables.size, indexBits = Self.indexBits
        var first = [UInt8](repeating: 0, count: size)
        for symbol in 0..<Self.symbolCount where lengths[symbol] > 0 {
            for index in stride(from: Int(codes[symbol]), to: size, by: 1 << Int(lengths[symbol])) {
                first[index] = UInt8(symbol)
            }
        }
        for index in 0..<size {
            var used = 0, produced = 0
            var word: UInt64 = 0
            while used < indexBits && produced < 8 {
                let symbol = Int(first[index >> used]), length = Int(lengths[symbol])
                guard used + length <= indexBits, produced + Self.count(ofSymbol: symbol) <= 8 else { break }
                if symbol < Self.numberCount {
                    word |= UInt64(UInt8(truncatingIfNeeded: Self.number(ofSymbol: symbol))) << UInt64(8 * produced)
                }
                used += length
                produced += Self.count(ofSymbol: symbol)
            }
            put(index, word, UInt8(used | produced << 4))
        }
    }
}
