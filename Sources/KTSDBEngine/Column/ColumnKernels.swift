internal import CKernels

/// The inner loops of column decoding: AVX2 where the CPU has it, plain Swift elsewhere. Both give the same bits.
///
/// All counts are checked by the callers; the bytes that are decoded may be any.
package enum ColumnKernels: Sendable {
    case portable
    case vector

    /// The fastest ones that this CPU can run.
    package static let best: ColumnKernels = {
        #if arch(x86_64)
            return ktsdb_has_column_kernels() != 0 ? .vector : .portable
        #else
            return .portable
        #endif
    }()

    /// ``unpack(_:_:width:adding:to:)`` writes at most this many elements behind the last one,
    /// ``decodeSymbols(_:_:_:)`` bytes.
    static let slack = 64

    /// Writes the `count` fields of `width` bits at `packed`, each plus `base`; up to ``slack`` elements may follow.
    @inline(__always)
    func unpack(
        _ packed: UnsafeRawPointer, _ count: Int, width: Int, adding base: Int64, to out: UnsafeMutablePointer<Int64>
    ) {
        #if arch(x86_64)
            if self == .vector, width > 0, width <= 57 {
                return unsafe ktsdb_unpack(
                    packed, Int32(truncatingIfNeeded: count), Int32(truncatingIfNeeded: width), base, out)
            }
        #endif
        unsafe PortableKernels.unpack(packed, count, width: width, adding: base, to: out)
    }

    /// Turns `residuals` into the `count` doubles of a column.
    @inline(__always)
    func finish(
        _ transform: IntegerTransform, _ residuals: UnsafePointer<Int64>, _ conversion: DecimalConversion, count: Int,
        to out: UnsafeMutablePointer<Double>
    ) {
        #if arch(x86_64)
            if self == .vector {
                let rest = Int32(truncatingIfNeeded: transform.residualCount(count))
                let (divisor, remainder, scale) = (conversion.divisor, conversion.remainder, conversion.scale)
                switch transform {
                case .none: unsafe ktsdb_finish_plain(residuals, rest, divisor, remainder, scale, out)
                case .delta(let first):
                    unsafe ktsdb_finish_delta(residuals, rest, first, divisor, remainder, scale, out)
                case .deltaOfDelta(let first, let second):
                    unsafe ktsdb_finish_delta2(residuals, rest, first, second, divisor, remainder, scale, out)
                case .line(let first, let slope):
                    unsafe ktsdb_finish_line(residuals, rest, first, slope, divisor, remainder, scale, out)
                }
                return
            }
        #endif
        unsafe PortableKernels.finish(transform, residuals, conversion, count: count, to: out)
    }

    /// Decodes two streams of prefix codes; false if one of them is too short. Up to ``slack`` bytes may follow each
    /// output.
    @inline(__always)
    func decodeSymbols(
        _ first: SymbolStream, _ second: SymbolStream, _ code: PrefixCode
    ) -> Bool {
        #if arch(x86_64)
            if self == .vector {
                return unsafe ktsdb_decode_symbols(
                    first.bytes, Int32(first.byteCount), second.bytes, Int32(second.byteCount), code.outputs,
                    code.steps,
                    Int32(first.count), Int32(second.count), first.out, second.out) != 0
            }
        #endif
        return unsafe PortableKernels.decodeSymbols(first, second, code)
    }

    /// Writes each number plus `centre`.
    @inline(__always)
    func widen(
        _ numbers: UnsafePointer<Int8>, _ count: Int, adding centre: Int64, to out: UnsafeMutablePointer<Int64>
    ) {
        #if arch(x86_64)
            if self == .vector {
                return unsafe ktsdb_widen(numbers, Int32(truncatingIfNeeded: count), centre, out)
            }
        #endif
        for index in 0..<count { unsafe out[index] = Int64(numbers[index]) &+ centre }
    }

    /// Adds each number, shifted by `shift` bits (at most 57), to what is there.
    @inline(__always)
    func addShifted(
        _ numbers: UnsafePointer<Int8>, _ count: Int, by shift: Int, to out: UnsafeMutablePointer<Int64>
    ) {
        #if arch(x86_64)
            if self == .vector {
                return unsafe ktsdb_add_shifted(
                    numbers, Int32(truncatingIfNeeded: count), Int32(truncatingIfNeeded: shift), out)
            }
        #endif
        let shift = Int64(shift)
        for index in 0..<count { unsafe out[index] &+= Int64(numbers[index]) &<< shift }
    }

    /// Adds each difference to what is there; where the sum is not finite, the difference itself is the value.
    package func accumulate(_ differences: UnsafePointer<Double>, _ count: Int, to out: UnsafeMutablePointer<Double>) {
        #if arch(x86_64)
            if self == .vector {
                return unsafe ktsdb_accumulate(differences, Int32(truncatingIfNeeded: count), out)
            }
        #endif
        for index in 0..<count {
            let difference = unsafe differences[index]
            let sum = unsafe out[index] + difference
            unsafe out[index] = sum.isFinite ? sum : difference
        }
    }
}

/// One of the two streams of symbols of a column.
@unsafe
struct SymbolStream {
    var bytes: UnsafeRawPointer
    var byteCount: Int
    /// The numbers that it holds, and where they go.
    var count: Int
    var out: UnsafeMutablePointer<Int8>
}

/// How the integers of a column become doubles: `Double(integer * divisor + remainder) / scale`.
struct DecimalConversion {
    var divisor: Int64 = 1, remainder: Int64 = 0
    /// A power of ten.
    var scale = 1.0

    /// Adding it to the bits of ``magic`` makes an integer below 2^51 the lowest bits of a double.
    static let magic = 6_755_399_441_055_744.0
    static let magicBits: UInt64 = 0x4338_0000_0000_0000

    /// An integer below 2^51 as a double; any other one as some double, the same with all kernels.
    @inline(__always)
    static func double(_ integer: Int64) -> Double {
        Double(bitPattern: UInt64(bitPattern: integer) &+ magicBits) - magic
    }
}
