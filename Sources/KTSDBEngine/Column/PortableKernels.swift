internal import KTSDBModel

/// The plain form of ``ColumnKernels``: it runs where there is no AVX2, and tests compare the other with it.
///
/// Each loop first takes the part of its spans that it walks over: then the compiler sees that all indices are within
/// them, and can vectorise it.
enum PortableKernels {
    static func unpack(
        _ packed: RawSpan, _ count: Int, width: Int, adding base: Int64, to out: inout MutableSpan<Int64>, at start: Int
    ) {
        var out = out._mutatingExtracting(start..<(start + count))
        if width == 0 {
            for index in 0..<count { out[index] = base }
        } else if width <= 57 {
            ColumnKernels.unpackWords(packed, width: width, adding: base, to: &out)
        } else {
            for index in 0..<count {
                out[index] = Int64(bitPattern: BitPacking.value(packed, index, width)) &+ base
            }
        }
    }

    /// The common conversion has a loop without multiplications, and divisions have their own loop, which compilers
    /// vectorise.
    @inline(__always)
    static func finish(
        _ transform: IntegerTransform, _ residuals: Span<Int64>, _ conversion: DecimalConversion, count: Int,
        to out: inout MutableSpan<Double>
    ) {
        let (divisor, remainder, scale) = (conversion.divisor, conversion.remainder, conversion.scale)
        var out = out._mutatingExtracting(0..<count)
        if divisor == 1 && remainder == 0 {
            undo(transform.adding(DecimalConversion.bias), residuals, count) {
                out[$0] = DecimalConversion.double(biased: $1)
            }
        } else {
            undo(transform, residuals, count) {
                out[$0] = DecimalConversion.double(biased: $1 &* divisor &+ remainder &+ DecimalConversion.bias)
            }
        }
        guard scale != 1 else { return }
        for index in 0..<count { out[index] /= scale }
    }

    /// Passes the `count` integers that the residuals encode to `put`.
    @inline(__always)
    static func undo(
        _ transform: IntegerTransform, _ residuals: Span<Int64>, _ count: Int, _ put: (Int, Int64) -> Void
    ) {
        switch transform {
        case .none:
            let residuals = residuals.extracting(0..<count)
            for index in 0..<count { put(index, residuals[index]) }
        case .delta(let first):
            let residuals = residuals.extracting(0..<(count - 1))
            var value = first
            put(0, value)
            for index in residuals.indices {
                value &+= residuals[index]
                put(index &+ 1, value)
            }
        case .deltaOfDelta(let first, let second):
            let residuals = residuals.extracting(0..<(count - 2))
            var value = first, step = second
            put(0, value)
            value &+= step
            put(1, value)
            for index in residuals.indices {
                step &+= residuals[index]
                value &+= step
                put(index &+ 2, value)
            }
        case .line(let first, let slope):
            let residuals = residuals.extracting(0..<count)
            var base = first
            for index in 0..<count {
                put(index, residuals[index] &+ base)
                base &+= slope
            }
        }
    }

    static func decodeSymbols(
        _ first: SymbolStream, _ second: SymbolStream, _ tables: borrowing PrefixCodeTables, code: Int,
        to out: inout MutableSpan<Int8>
    ) -> Bool {
        let outputs = tables.outputs(ofCode: code), steps = tables.steps(ofCode: code)
        var a = SymbolCursor(first), b = SymbolCursor(second)
        var out = out.rawMutableBytes
        // Two look-ups in flight hide the latency of the loads.
        while a.hasMore && b.hasMore {
            a.lookUp(outputs, steps, &out)
            b.lookUp(outputs, steps, &out)
        }
        while a.hasMore { a.lookUp(outputs, steps, &out) }
        while b.hasMore { b.lookUp(outputs, steps, &out) }
        return a.position >= a.end && b.position >= b.end
    }

    /// A read position in a stream of symbols.
    private struct SymbolCursor: ~Escapable {
        let bytes: RawSpan
        let bitCount: Int, end: Int
        var bit = 0
        /// Where in the output the next number goes.
        var position: Int

        @_lifetime(copy stream)
        init(_ stream: SymbolStream) {
            bytes = stream.bytes
            bitCount = stream.byteCount &* 8
            position = stream.start
            end = stream.start &+ stream.count
        }

        var hasMore: Bool {
            @inline(__always) get { position < end && bit < bitCount }
        }

        @inline(__always)
        @_lifetime(self: copy self)
        mutating func lookUp(_ outputs: Span<UInt64>, _ steps: Span<UInt8>, _ out: inout MutableRawSpan) {
            let step = ColumnKernels.lookUp(bytes.bits(at: bit), outputs, steps, to: &out, at: position)
            position &+= step.produced
            bit &+= step.used
        }
    }
}
