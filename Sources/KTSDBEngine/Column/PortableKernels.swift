/// The plain form of ``ColumnKernels``: what runs where there is no AVX2, and what tests compare the other with.
enum PortableKernels {
    static func unpack(
        _ packed: UnsafeRawPointer, _ count: Int, width: Int, adding base: Int64, to out: UnsafeMutablePointer<Int64>
    ) {
        if width == 0 {
            for index in 0..<count { unsafe out[index] = base }
        } else if width <= 57 {
            let mask = lowBits(width)
            var bit = 0
            for index in 0..<count {
                unsafe out[index] = Int64(bitPattern: unsafeBits(packed, bit) & mask) &+ base
                bit &+= width
            }
        } else {
            for index in 0..<count {
                unsafe out[index] = Int64(bitPattern: BitPacking.value(packed, index, width)) &+ base
            }
        }
    }

    /// One loop for each way to convert keeps multiplications out of the common one. Divisions have a loop of their
    /// own, which compilers vectorise.
    @inline(__always)
    static func finish(
        _ transform: IntegerTransform, _ residuals: UnsafePointer<Int64>, _ conversion: DecimalConversion, count: Int,
        to out: UnsafeMutablePointer<Double>
    ) {
        let (divisor, remainder, scale) = (conversion.divisor, conversion.remainder, conversion.scale)
        if divisor == 1 && remainder == 0 {
            unsafe undo(transform, residuals, count) { unsafe out[$0] = DecimalConversion.double($1) }
        } else {
            unsafe undo(transform, residuals, count) {
                unsafe out[$0] = DecimalConversion.double($1 &* divisor &+ remainder)
            }
        }
        guard scale != 1 else { return }
        for index in 0..<count { unsafe out[index] /= scale }
    }

    /// Hands over the `count` integers that the residuals stand for.
    @inline(__always)
    static func undo(
        _ transform: IntegerTransform, _ residuals: UnsafePointer<Int64>, _ count: Int, _ put: (Int, Int64) -> Void
    ) {
        switch transform {
        case .none:
            for index in 0..<count { unsafe put(index, residuals[index]) }
        case .delta(let first):
            var value = first
            put(0, value)
            for index in 0..<(count &- 1) {
                unsafe value &+= residuals[index]
                put(index &+ 1, value)
            }
        case .deltaOfDelta(let first, let second):
            var value = first, step = second
            put(0, value)
            value &+= step
            put(1, value)
            for index in 0..<(count &- 2) {
                unsafe step &+= residuals[index]
                value &+= step
                put(index &+ 2, value)
            }
        case .line(let first, let slope):
            var base = first
            for index in 0..<count {
                unsafe put(index, residuals[index] &+ base)
                base &+= slope
            }
        }
    }

    static func decodeSymbols(_ first: SymbolStream, _ second: SymbolStream, _ code: PrefixCode) -> Bool {
        var a = unsafe SymbolCursor(first), b = unsafe SymbolCursor(second)
        // Two look-ups in flight hide the latency of the loads.
        while unsafe a.goesOn && b.goesOn {
            unsafe a.lookUp(code)
            unsafe b.lookUp(code)
        }
        while unsafe a.goesOn { unsafe a.lookUp(code) }
        while unsafe b.goesOn { unsafe b.lookUp(code) }
        return unsafe a.produced >= first.count && b.produced >= second.count
    }

    /// A read position in a stream of symbols.
    @unsafe
    private struct SymbolCursor {
        let stream: SymbolStream
        var bit = 0
        var produced = 0

        init(_ stream: SymbolStream) { unsafe self.stream = unsafe stream }

        var goesOn: Bool {
            @inline(__always) get { unsafe produced < stream.count && bit < stream.byteCount &* 8 }
        }

        @inline(__always)
        mutating func lookUp(_ code: PrefixCode) {
            var window = unsafe unsafeBits(stream.bytes, bit)
            var used = 0
            let out = unsafe UnsafeMutableRawPointer(stream.out)
            // Five times eleven of the 57 valid bits.
            for _ in 0..<5 {
                let index = Int(truncatingIfNeeded: window & lowBits(PrefixCode.indexBits))
                let step = unsafe Int(code.steps[index])
                unsafe out.storeBytes(of: code.outputs[index], toByteOffset: produced, as: UInt64.self)
                unsafe produced &+= step &>> 4
                window &>>= UInt64(truncatingIfNeeded: step & 15)
                used &+= step & 15
            }
            unsafe bit &+= used
        }
    }
}
