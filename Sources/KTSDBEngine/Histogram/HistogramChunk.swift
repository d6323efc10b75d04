internal import KTSDBModel

/// Histograms of one layout in consecutive rows of a series, in memory and in checkpoints (FORMAT.md, section 6).
///
/// The bytes are the layout, a byte that says whether all numbers except the sum are integers, and a bit stream. The
/// stream has the numbers of each histogram, one after the other, each coded relative to the same number of the
/// histogram before: integers by the change of their step (``TimeCode``), others by the bits that differ (``XORCode``).
/// Appending changes no bit that is already there.
struct HistogramChunk: Sendable {
    var firstRow: UInt32
    var count: UInt32
    var bytes: [UInt8]

    /// A chunk is cut at whichever of these is reached first.
    static let maximumCount: UInt32 = 240, maximumBytes = 4096
    /// The flag for integers in the byte after the layout.
    static let integersFlag: UInt8 = 1

    var rows: Range<Int> { Int(firstRow)..<(Int(firstRow) + Int(count)) }

    /// Calls `body` with each of the first `limit` histograms and its row; false if the bytes are not such a chunk.
    ///
    /// Any bytes are safe to decode; they yield no more numbers than they have bits.
    func decode(limit: Int = .max, _ body: (Histogram, Int) -> Void) -> Bool {
        let bytes = unsafe bytes.span.bytes
        var cursor = FieldCursor(0..<bytes.byteCount)
        guard let layout = HistogramLayout(&cursor, in: bytes), let flags = cursor.byte(in: bytes),
            flags <= Self.integersFlag
        else { return false }
        let stream = bytes.extracting(cursor.position..<bytes.byteCount)
        let count = min(limit, Int(count))
        guard layout.laneCount * count <= stream.byteCount * 8 else { return false }
        var lanes = [HistogramLane](
            repeating: HistogramLane(isInteger: flags == Self.integersFlag), count: layout.laneCount)
        lanes[HistogramLayout.sumLane].isInteger = false
        var reader = BitCursor()
        for index in 0..<count {
            for lane in lanes.indices where !lanes[lane].read(&reader, in: stream, isFirst: index == 0) { return false }
            guard let histogram = layout.histogram({ lanes[$0].value }) else { return false }
            body(histogram, Int(firstRow) + index)
        }
        return true
    }
}

/// What is remembered of one number of a histogram from one histogram to the next.
struct HistogramLane {
    /// The bits of a double, or of an integer.
    private var word: UInt64 = 0
    private var step: Int64 = 0
    private var leading = XORCode.noWindow, trailing: UInt8 = 0
    var isInteger: Bool

    init(isInteger: Bool) { self.isInteger = isInteger }

    /// The number in the last histogram.
    var value: Double { isInteger ? Double(Int64(bitPattern: word)) : Double(bitPattern: word) }

    /// The most bits that a number takes.
    static let maximumBits = XORCode.maximumBits

    /// Whether a number is stored as an integer.
    static func isInteger(_ value: Double) -> Bool {
        guard let integer = Int64(exactly: value), integer.magnitude <= 1 << 53 else { return false }
        return Double(integer).bitPattern == value.bitPattern
    }

    mutating func append(_ value: Double, isFirst: Bool, to writer: inout BitWriter) {
        guard isInteger else {
            XORCode.put(
                value.bitPattern ^ word, after: 0, 0, leading: &leading, trailing: &trailing, to: &writer)
            word = value.bitPattern
            return
        }
        let integer = UInt64(bitPattern: Int64(value))
        let next = Int64(bitPattern: integer &- word)
        let (bits, count) = TimeCode.code(next &- step)
        if count == TimeCode.maximumBits {
            writer.put(bits, 5)
            writer.put(UInt64(bitPattern: next &- step), 64)
        } else {
            writer.put(bits, count)
        }
        (word, step) = (integer, isFirst ? 0 : next)
    }

    mutating func read(_ reader: inout BitCursor, in bytes: RawSpan, isFirst: Bool) -> Bool {
        guard let isChanged = reader.next(1, in: bytes) else { return false }
        guard isInteger else { return isChanged == 0 || readDifference(&reader, in: bytes) }
        if isChanged == 1 {
            guard let change = Self.change(&reader, in: bytes) else { return false }
            step &+= change
        }
        word &+= UInt64(bitPattern: step)
        if isFirst { step = 0 }
        return true
    }

    /// Reads the change of a step whose first bit has already been read.
    private static func change(_ reader: inout BitCursor, in bytes: RawSpan) -> Int64? {
        for (count, bias) in [(7, 63), (14, 8191), (20, 524_287), (32, 2_147_483_647)] as [(Int, Int64)] {
            guard let bit = reader.next(1, in: bytes) else { return nil }
            if bit == 0 { return reader.next(count, in: bytes).map { Int64($0) - bias } }
        }
        return reader.next(64, in: bytes).map { Int64(bitPattern: $0) }
    }

    private mutating func readDifference(_ reader: inout BitCursor, in bytes: RawSpan) -> Bool {
        guard let isNew = reader.next(1, in: bytes) else { return false }
        if isNew == 1 {
            guard let zeros = reader.next(5, in: bytes), let length = reader.next(6, in: bytes) else { return false }
            let low = 64 - Int(zeros) - Int(length == 0 ? 64 : length)
            guard low >= 0 else { return false }
            (leading, trailing) = (UInt8(zeros), UInt8(low))
        }
        guard leading != XORCode.noWindow,
            let bits = reader.next(64 - Int(leading) - Int(trailing), in: bytes)
        else { return false }
        word ^= bits << UInt64(trailing)
        return true
    }
}

/// The chunk of a series that histograms are appended to.
struct OpenHistogramChunk: Sendable {
    private(set) var chunk: HistogramChunk
    private let layout: HistogramLayout
    private let isInteger: Bool
    private var lanes: [HistogramLane]
    private let streamStart: Int
    private var bitCount = 0

    /// Begins a chunk with its first histogram.
    init(_ histogram: Histogram, row: UInt32) {
        layout = HistogramLayout(histogram)
        isInteger = Self.isInteger(histogram)
        lanes = [HistogramLane](repeating: HistogramLane(isInteger: isInteger), count: layout.laneCount)
        lanes[HistogramLayout.sumLane].isInteger = false
        var buffer = FieldBuffer()
        layout.encode(into: &buffer)
        buffer.append(isInteger ? HistogramChunk.integersFlag : 0)
        streamStart = buffer.count
        chunk = HistogramChunk(firstRow: row, count: 0, bytes: unsafe buffer.bytes.withUnsafeBytes { unsafe Array($0) })
        add(histogram)
    }

    /// Appends the histogram of the next row; false when the histogram needs another chunk.
    mutating func append(_ histogram: Histogram, row: UInt32) -> Bool {
        guard row == chunk.firstRow &+ chunk.count, chunk.count < HistogramChunk.maximumCount,
            byteCount < HistogramChunk.maximumBytes, layout.isLayout(of: histogram),
            isInteger == Self.isInteger(histogram)
        else { return false }
        add(histogram)
        return true
    }

    /// The chunk without the spare room after its bytes.
    var closed: HistogramChunk {
        var chunk = chunk
        chunk.bytes = Array(chunk.bytes[..<byteCount])
        return chunk
    }

    private var byteCount: Int { streamStart + (bitCount + 7) / 8 }

    private mutating func add(_ histogram: Histogram) {
        let room = byteCount + (lanes.count * HistogramLane.maximumBits + 7) / 8 + BitWriter.slack
        if chunk.bytes.count < room {
            chunk.bytes.append(contentsOf: repeatElement(0, count: room - chunk.bytes.count))
        }
        let isFirst = chunk.count == 0
        var lane = 0
        // SAFETY: there is room for the longest code of all numbers.
        unsafe chunk.bytes.withUnsafeMutableBufferPointer { bytes in
            var writer = unsafe BitWriter(bytes.baseAddress! + streamStart, bitCount: bitCount)
            histogram.forEachLane { number in
                lanes[lane].append(number, isFirst: isFirst, to: &writer)
                lane += 1
            }
            bitCount = writer.bitCount
        }
        chunk.count += 1
    }

    private static func isInteger(_ histogram: Histogram) -> Bool {
        HistogramLane.isInteger(histogram.count) && HistogramLane.isInteger(histogram.zeroCount)
            && histogram.positive.counts.allSatisfy(HistogramLane.isInteger)
            && histogram.negative.counts.allSatisfy(HistogramLane.isInteger)
    }
}
