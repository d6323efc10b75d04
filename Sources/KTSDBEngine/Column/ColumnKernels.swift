internal import CKernels
internal import KTSDBModel

/// The inner loops of column decoding: AVX2 where the CPU has it, plain Swift elsewhere. Both give the same bits.
///
/// Any bytes can be decoded. A count that exceeds its memory ends the process.
package enum ColumnKernels: Sendable {
    case portable
    case vector

    /// The fastest kernels that this CPU can run.
    package static let best: ColumnKernels = {
        #if arch(x86_64)
            return ktsdb_has_column_kernels() != 0 ? .vector : .portable
        #else
            return .portable
        #endif
    }()

    /// How many elements ``unpack(_:_:width:adding:to:at:)`` may write after the last one, and how many bytes
    /// ``decodeSymbols(_:_:code:to:)``.
    static let slack = 64

    /// Writes `count` fields of `width` bits from `packed`, each plus `base`, from `start` on. `packed` has
    /// ``ColumnReader/padding`` more bytes, and `out` has room for ``slack`` more elements.
    @inline(__always)
    func unpack(
        _ packed: RawSpan, _ count: Int, width: Int, adding base: Int64, to out: inout MutableSpan<Int64>, at start: Int
    ) {
        #if arch(x86_64)
            if self == .vector, width > 0, width <= 57 {
                precondition(
                    count >= 0 && packed.byteCount - ColumnReader.padding >= (count &* width &+ 7) &>> 3,
                    "\(count) fields of \(width) bits are not in \(packed.byteCount) bytes.")
                precondition(
                    start >= 0 && start <= out.count - count - Self.slack,
                    "\(count) integers at \(start) are not within \(out.count).")
                // SAFETY: the kernel reads up to 64 bytes after the fields and writes up to 7 elements after them, all
                // within the spans by the preconditions above. Safe code takes twice as long.
                return unsafe out.withUnsafeMutableBufferPointer { out in
                    unsafe packed.withUnsafeBytes {
                        unsafe ktsdb_unpack(
                            $0.baseAddress!, Int32(truncatingIfNeeded: count), Int32(truncatingIfNeeded: width), base,
                            out.baseAddress! + start)
                    }
                }
            }
        #endif
        PortableKernels.unpack(packed, count, width: width, adding: base, to: &out, at: start)
    }

    /// Turns `residuals`, which ``slack`` more elements follow, into the `count` doubles of a column.
    @inline(__always)
    func finish(
        _ transform: IntegerTransform, _ residuals: Span<Int64>, _ conversion: DecimalConversion, count: Int,
        to out: inout MutableSpan<Double>
    ) {
        #if arch(x86_64)
            if self == .vector {
                let residualCount = transform.residualCount(count)
                precondition(
                    residualCount >= 0 && residualCount <= residuals.count - Self.slack && count <= out.count,
                    "\(count) doubles are not made of \(residuals.count) residuals, or not within \(out.count).")
                let rest = Int32(truncatingIfNeeded: residualCount)
                let (divisor, remainder, scale) = (conversion.divisor, conversion.remainder, conversion.scale)
                // SAFETY: the kernels read and write only what the precondition above has checked. Safe code takes
                // twice as long.
                unsafe out.withUnsafeMutableBufferPointer { out in
                    unsafe residuals.withUnsafeBufferPointer { residuals in
                        let from = residuals.baseAddress!, to = out.baseAddress!
                        switch transform {
                        case .none: unsafe ktsdb_finish_plain(from, rest, divisor, remainder, scale, to)
                        case .delta(let first):
                            unsafe ktsdb_finish_delta(from, rest, first, divisor, remainder, scale, to)
                        case .deltaOfDelta(let first, let second):
                            unsafe ktsdb_finish_delta2(from, rest, first, second, divisor, remainder, scale, to)
                        case .line(let first, let slope):
                            unsafe ktsdb_finish_line(from, rest, first, slope, divisor, remainder, scale, to)
                        }
                    }
                }
                return
            }
        #endif
        PortableKernels.finish(transform, residuals, conversion, count: count, to: &out)
    }

    /// Decodes two streams of prefix codes. Returns false if one of them is too short. `out` has room for ``slack``
    /// bytes after each output.
    @inline(__always)
    func decodeSymbols(
        _ first: SymbolStream, _ second: SymbolStream, code: Int, to out: inout MutableSpan<Int8>
    ) -> Bool {
        precondition(
            first.isPadded && second.isPadded && first.start >= 0
                && first.start &+ first.count &+ Self.slack <= second.start
                && second.start &+ second.count &+ Self.slack <= out.count,
            "Streams of \(first.count) and \(second.count) numbers do not fit into \(out.count).")
        #if arch(x86_64)
            if self == .vector {
                return Self.decodeSymbols(first, second, PrefixCodeTables.all, code: code, to: &out)
            }
        #endif
        return PortableKernels.decodeSymbols(first, second, PrefixCodeTables.all, code: code, to: &out)
    }

    #if arch(x86_64)
        @inline(__always)
        private static func decodeSymbols(
            _ first: SymbolStream, _ second: SymbolStream, _ tables: borrowing PrefixCodeTables, code: Int,
            to out: inout MutableSpan<Int8>
        ) -> Bool {
            let outputs = tables.outputs(ofCode: code), steps = tables.steps(ofCode: code)
            // SAFETY: the kernel reads up to 8 bytes after each stream and writes up to 48 after each output, all
            // within the spans by the precondition of the caller; an index of 11 bits is within the tables. Safe code
            // takes twice as long.
            return unsafe out.withUnsafeMutableBufferPointer { out in
                unsafe first.bytes.withUnsafeBytes { a in
                    unsafe second.bytes.withUnsafeBytes { b in
                        unsafe outputs.withUnsafeBufferPointer { outputs in
                            unsafe steps.withUnsafeBufferPointer { steps in
                                unsafe ktsdb_decode_symbols(
                                    a.baseAddress!, Int32(first.byteCount), b.baseAddress!,
                                    Int32(second.byteCount), outputs.baseAddress!, steps.baseAddress!,
                                    Int32(first.count), Int32(second.count), out.baseAddress! + first.start,
                                    out.baseAddress! + second.start) != 0
                            }
                        }
                    }
                }
            }
        }
    #endif

    /// Decodes five times eleven of the 57 bits of `window` to `out`, from `start` on. Returns how many numbers these
    /// are, and how many bits they take. Part of the portable form of ``decodeSymbols(_:_:code:to:)``.
    @inline(__always)
    static func lookUp(
        _ window: UInt64, _ outputs: Span<UInt64>, _ steps: Span<UInt8>, to out: inout MutableRawSpan, at start: Int
    ) -> (produced: Int, used: Int) {
        // Four times at most eight numbers, and a whole word.
        MemoryBounds.check(start, size: 40, within: out.byteCount)
        var window = window, produced = 0, sum = 0
        for _ in 0..<5 {
            let index = Int(truncatingIfNeeded: window & lowBits(PrefixCode.indexBits))
            let step = Int(steps[masked: index])
            // SAFETY: checked above for all five: a step of ``PrefixCodeTables`` has at most eight numbers. With a
            // check for each, decoding takes a fifth longer.
            unsafe out.storeBytes(
                of: outputs[masked: index].littleEndian, toUncheckedByteOffset: start &+ produced, as: UInt64.self)
            produced &+= step &>> 4
            window &>>= UInt64(truncatingIfNeeded: step & 15)
            sum &+= step
        }
        return (produced, sum &- produced &<< 4)
    }

    /// Fills `out` with packed numbers of `width` bits (1 to 57), each plus `base`. Part of the portable form of
    /// ``unpack(_:_:width:adding:to:at:)``.
    @inline(__always)
    static func unpackWords(_ packed: RawSpan, width: Int, adding base: Int64, to out: inout MutableSpan<Int64>) {
        guard !out.isEmpty else { return }
        // The word with the last number starts after all others.
        MemoryBounds.check(((out.count &- 1) &* width) &>> 3, size: 8, within: packed.byteCount)
        let mask = lowBits(width)
        var bit = 0
        for index in out.indices {
            // SAFETY: checked above for the last word, and any bits are a valid integer. With a check for each,
            // decoding takes a seventh longer.
            let word = unsafe packed.unsafeLoadUnaligned(fromUncheckedByteOffset: bit &>> 3, as: UInt64.self)
            let number = UInt64(littleEndian: word) &>> UInt64(truncatingIfNeeded: bit & 7) & mask
            out[index] = Int64(bitPattern: number) &+ base
            bit &+= width
        }
    }

    /// Writes the `count` numbers from `first` on, each plus `centre`, from `start` on. Both have ``slack`` more
    /// elements.
    @inline(__always)
    func widen(
        _ numbers: borrowing MutableSpan<Int8>, at first: Int, _ count: Int, adding centre: Int64,
        to out: inout MutableSpan<Int64>,
        at start: Int
    ) {
        #if arch(x86_64)
            if self == .vector {
                Self.check(numbers, first, count &+ Self.slack, out, start)
                // SAFETY: the kernel reads and writes up to 3 elements after the `count`, which are within the spans by
                // the check above.
                return unsafe out.withUnsafeMutableBufferPointer { out in
                    unsafe numbers.withUnsafeBufferPointer {
                        unsafe ktsdb_widen(
                            $0.baseAddress! + first, Int32(truncatingIfNeeded: count), centre, out.baseAddress! + start)
                    }
                }
            }
        #endif
        let numbers = numbers.span.extracting(first..<(first + count))
        var out = out._mutatingExtracting(start..<(start + count))
        for index in 0..<count { out[index] = Int64(numbers[index]) &+ centre }
    }

    /// Adds the `count` numbers from `first` on, each shifted left by `shift` bits (at most 57), to the integers from
    /// `start` on.
    @inline(__always)
    func addShifted(
        _ numbers: borrowing MutableSpan<Int8>, at first: Int, _ count: Int, by shift: Int,
        to out: inout MutableSpan<Int64>,
        at start: Int
    ) {
        #if arch(x86_64)
            if self == .vector {
                Self.check(numbers, first, count, out, start)
                // SAFETY: the kernel reads and writes `count` elements, which are within the spans by the check above.
                return unsafe out.withUnsafeMutableBufferPointer { out in
                    unsafe numbers.withUnsafeBufferPointer {
                        unsafe ktsdb_add_shifted(
                            $0.baseAddress! + first, Int32(truncatingIfNeeded: count),
                            Int32(truncatingIfNeeded: shift), out.baseAddress! + start)
                    }
                }
            }
        #endif
        let shift = Int64(shift)
        let numbers = numbers.span.extracting(first..<(first + count))
        var out = out._mutatingExtracting(start..<(start + count))
        for index in 0..<count { out[index] &+= Int64(numbers[index]) &<< shift }
    }

    @inline(__always)
    private static func check(
        _ numbers: borrowing MutableSpan<Int8>, _ first: Int, _ count: Int, _ out: borrowing MutableSpan<Int64>,
        _ start: Int
    ) {
        precondition(
            count >= 0 && first >= 0 && first <= numbers.count - count && start >= 0 && start <= out.count - count,
            "\(count) elements at \(first) and \(start) are not within \(numbers.count) and \(out.count).")
    }

    /// Adds the first `count` differences to `out`. Where the sum is not finite, the difference itself is the value.
    package func accumulate(_ differences: Span<Double>, _ count: Int, to out: inout MutableSpan<Double>) {
        #if arch(x86_64)
            if self == .vector {
                precondition(
                    count >= 0 && count <= differences.count && count <= out.count,
                    "\(count) doubles are not within \(differences.count) and \(out.count).")
                // SAFETY: the kernel reads and writes `count` elements, which are within the spans by the precondition
                // above.
                return unsafe out.withUnsafeMutableBufferPointer { out in
                    unsafe differences.withUnsafeBufferPointer {
                        unsafe ktsdb_accumulate($0.baseAddress!, Int32(truncatingIfNeeded: count), out.baseAddress!)
                    }
                }
            }
        #endif
        let differences = differences.extracting(0..<count)
        var out = out._mutatingExtracting(0..<count)
        for index in 0..<count {
            let difference = differences[index]
            let sum = out[index] + difference
            out[index] = sum.isFinite ? sum : difference
        }
    }
}

/// One of the two streams of symbols of a column.
struct SymbolStream: ~Escapable {
    /// The stream, and the bytes after it.
    let bytes: RawSpan
    let byteCount: Int
    /// How many numbers it holds, and where they go in the output.
    let count: Int, start: Int

    @_lifetime(copy bytes)
    init(bytes: RawSpan, byteCount: Int, count: Int, start: Int) {
        self.bytes = bytes
        self.byteCount = byteCount
        self.count = count
        self.start = start
    }

    /// Whether there are as many bytes after the stream as kernels may read.
    var isPadded: Bool { byteCount >= 0 && count >= 0 && bytes.byteCount - ColumnReader.padding >= byteCount }
}

/// How the integers of a column become doubles: `Double(integer * divisor + remainder) / scale`.
struct DecimalConversion {
    var divisor: Int64 = 1, remainder: Int64 = 0
    /// A power of ten.
    var scale = 1.0

    /// 1.5 * 2^52. Adding an integer below 2^51 to its bits gives the bits of the sum.
    static let magic = 6_755_399_441_055_744.0
    static let magicBits: UInt64 = 0x4338_0000_0000_0000

    /// The same bits as an integer. Sums carry them along, so that each value of a column need not add them.
    static let bias = Int64(bitPattern: magicBits)

    /// Returns an integer below 2^51 as a double. Any other gives some double, the same with all kernels.
    @inline(__always)
    static func double(_ integer: Int64) -> Double { double(biased: integer &+ bias) }

    /// Returns as a double what is left of `integer` without the bias.
    @inline(__always)
    static func double(biased integer: Int64) -> Double { Double(bitPattern: UInt64(bitPattern: integer)) - magic }
}
