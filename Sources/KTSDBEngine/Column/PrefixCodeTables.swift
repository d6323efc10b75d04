internal import KTSDBModel

/// What decoding looks up with the next 11 bits of a stream, for each prefix code and index.
struct PrefixCodeTables: ~Copyable, Sendable {
    /// How many entries a code has.
    static let size = 1 << PrefixCode.indexBits
    static let all = PrefixCodeTables()

    /// Eight numbers, one byte each, in the order of the stream.
    private let outputs: FixedArray<UInt64>
    /// How many bits are used, and in the upper half how many numbers they yield; both at least 1. A byte, because the
    /// tables of a code should stay in the first cache: with two, decoding takes 3 % longer.
    private let steps: FixedArray<UInt8>

    private init() {
        var outputs = FixedArray<UInt64>(repeating: 0, count: PrefixCode.count * Self.size)
        var steps = FixedArray<UInt8>(repeating: 0, count: PrefixCode.count * Self.size)
        for (number, code) in PrefixCode.all.enumerated() {
            code.fillTables { index, output, step in
                outputs[number * Self.size + index] = output
                steps[number * Self.size + index] = step
            }
        }
        self.outputs = outputs
        self.steps = steps
    }

    /// Returns the numbers of the code with this number.
    @inline(__always)
    @_lifetime(borrow self)
    borrowing func outputs(ofCode number: Int) -> Span<UInt64> { outputs.span.extracting(Self.range(number)) }

    /// Returns the steps of the code with this number.
    @inline(__always)
    @_lifetime(borrow self)
    borrowing func steps(ofCode number: Int) -> Span<UInt8> { steps.span.extracting(Self.range(number)) }

    /// Returns where the entries of a code are; `extracting` checks that they exist.
    @inline(__always)
    private static func range(_ number: Int) -> Range<Int> {
        let start = number &* size
        return start..<(start &+ size)
    }
}
