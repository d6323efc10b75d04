internal import KTSDBModel

/// Residuals in frames of 128: bits of one width above a base, and patches for those that do not fit.
///
/// Fields follow each other, lowest bit first. Reading one takes a load, a shift and a mask, and AVX2 needs no other
/// order.
enum FrameBody {
    static let frameCount = 128
    /// In the first byte of a frame, next to the width: patches follow.
    static let patchFlag: UInt8 = 0x80

    // MARK: Decoding

    @inline(never)
    static func decode(
        _ reader: inout ColumnReader, _ count: Int, to residuals: inout MutableSpan<Int64>, _ kernels: ColumnKernels
    ) -> Bool {
        guard let reference = reader.zigzag() else { return false }
        var start = 0
        while start < count {
            let length = min(frameCount, count &- start)
            guard decodeFrame(&reader, length, reference, to: &residuals, at: start, kernels) else { return false }
            start &+= length
        }
        return true
    }

    @inline(__always)
    private static func decodeFrame(
        _ reader: inout ColumnReader, _ count: Int, _ reference: Int64, to residuals: inout MutableSpan<Int64>,
        at start: Int, _ kernels: ColumnKernels
    ) -> Bool {
        guard let head = reader.byte(), let offset = reader.zigzag() else { return false }
        let width = Int(head & ~patchFlag)
        guard width <= 64 else { return false }
        let base = reference &+ offset
        guard head & patchFlag != 0 else {
            guard let packed = reader.take((count &* width &+ 7) &>> 3) else { return false }
            kernels.unpack(packed, count, width: width, adding: base, to: &residuals, at: start)
            return true
        }
        guard let patchCount = reader.byte(atMost: UInt8(count)), let patchWidth = reader.byte(atMost: 64),
            let places = reader.take(patchCount),
            let patches = reader.take((patchCount &* patchWidth &+ 7) &>> 3),
            let packed = reader.take((count &* width &+ 7) &>> 3)
        else { return false }
        kernels.unpack(packed, count, width: width, adding: base, to: &residuals, at: start)
        for index in 0..<patchCount {
            let place = Int(places.byte(at: index))
            guard place < count else { return false }
            residuals[start &+ place] = FieldCoding.unzigzag(BitPacking.value(patches, index, patchWidth)) &+ base
        }
        return true
    }

    // MARK: Encoding

    /// How a frame is stored.
    struct Plan {
        var width: Int
        var base: Int64
        /// The bits it takes, about.
        var bits: Int
    }

    /// The bits that a frame takes besides its fields, about: without and with patches.
    private static let headBits = 16, patchHeadBits = 32

    /// Returns the cheaper of two windows, each with patches where they pay: from the smallest residual on, and around
    /// `reference`.
    static func plan(_ frame: Span<Int64>, reference: Int64) -> Plan {
        let count = frame.count
        var smallest = Int64.max, largest = Int64.min
        for index in 0..<count {
            smallest = min(smallest, frame[index])
            largest = max(largest, frame[index])
        }
        let full = bitWidth(UInt64(bitPattern: largest &- smallest))
        var plan = Plan(width: full, base: smallest, bits: count &* full &+ headBits)
        guard full > 0 else { return plan }
        // How many residuals need each number of bits above the smallest one, and around the reference.
        var above = InlineArray<66, Int32>(repeating: 0), around = InlineArray<66, Int32>(repeating: 0)
        for index in 0..<count {
            above[bitWidth(UInt64(bitPattern: frame[index] &- smallest))] &+= 1
            let distance = frame[index] &- reference
            around[distance == 0 ? 0 : bitWidth(UInt64(bitPattern: distance ^ (distance &>> 63))) &+ 1] &+= 1
        }
        // Spans, because the arrays themselves would be copied.
        narrow(&plan, above.span, full, count)
        center(&plan, around.span, reference, count)
        return plan
    }

    @inline(__always)
    private static func narrow(_ plan: inout Plan, _ above: Span<Int32>, _ full: Int, _ count: Int) {
        let patchBits = min(64, full &+ 1) &+ 8
        var patches = 0
        for width in stride(from: full &- 1, through: 0, by: -1) {
            patches &+= Int(above[width &+ 1])
            if patches &* patchBits > plan.bits { return }
            let bits = count &* width &+ patchHeadBits &+ patches &* patchBits
            if bits < plan.bits { plan = Plan(width: width, base: plan.base, bits: bits) }
        }
    }

    @inline(__always)
    private static func center(
        _ plan: inout Plan, _ around: Span<Int32>, _ reference: Int64, _ count: Int
    ) {
        var top = 65
        while top > 0 && around[top] == 0 { top &-= 1 }
        let patchBits = min(64, top &+ 1) &+ 8
        var patches = top == 65 ? Int(around[65]) : 0
        for width in stride(from: min(top, 64), through: 0, by: -1) {
            let bits = count &* width &+ (patches > 0 ? patchHeadBits : headBits) &+ patches &* patchBits
            if bits < plan.bits {
                let base = width == 0 ? reference : reference &- (1 &<< Int64(width &- 1))
                plan = Plan(width: width, base: base, bits: bits)
            }
            patches &+= Int(around[width])
            if patches &* patchBits > plan.bits { return }
        }
    }

    static func encode(_ residuals: Span<Int64>, reference: Int64, to buffer: inout FieldBuffer) {
        buffer.append(zigzag: reference)
        var start = 0
        while start < residuals.count {
            let end = min(start + frameCount, residuals.count)
            encodeFrame(residuals.extracting(start..<end), reference, to: &buffer)
            start = end
        }
    }

    private static func encodeFrame(_ frame: Span<Int64>, _ reference: Int64, to buffer: inout FieldBuffer) {
        let plan = plan(frame, reference: reference)
        let mask = plan.width == 64 ? UInt64.max : lowBits(plan.width)
        var places = InlineArray<128, UInt8>(repeating: 0)
        var patchCount = 0
        var all: UInt64 = 0
        for index in 0..<frame.count where UInt64(bitPattern: frame[index] &- plan.base) & ~mask != 0 {
            places[patchCount] = UInt8(index)
            patchCount += 1
            all |= FieldCoding.zigzag(frame[index] &- plan.base)
        }
        buffer.append(UInt8(plan.width) | (patchCount > 0 ? patchFlag : 0))
        buffer.append(zigzag: plan.base &- reference)
        if patchCount > 0 {
            let width = bitWidth(all)
            buffer.append(UInt8(patchCount))
            buffer.append(UInt8(width))
            for index in 0..<patchCount { buffer.append(places[index]) }
            buffer.appendFields(patchCount, width) {
                FieldCoding.zigzag(frame[Int(places[$0])] &- plan.base)
            }
        }
        buffer.appendFields(frame.count, plan.width) { index in
            let field = UInt64(bitPattern: frame[index] &- plan.base)
            return field & ~mask != 0 ? 0 : field
        }
    }
}

/// Returns the number of bits that `word` needs.
@inline(__always)
func bitWidth(_ word: UInt64) -> Int { 64 &- word.leadingZeroBitCount }

extension FieldBuffer {
    /// Appends `count` fields of `width` bits, lowest bit first, filled up to a byte.
    @inline(__always)
    mutating func appendFields(_ count: Int, _ width: Int, _ field: (Int) -> UInt64) {
        guard width > 0, count > 0 else { return }
        appendBits(atMost: count * width) { writer in
            for index in 0..<count { writer.put(field(index), width) }
        }
    }
}
