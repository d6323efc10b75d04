internal import KTSDBModel

/// The bytes of a checkpoint: FORMAT.md, section 6.
enum CheckpointFormat {
    /// The version of all files of a checkpoint.
    static let version: UInt32 = 1
    static let extentMagic: UInt32 = 0xc453_4bd9  // a first byte that is not text, then "KS"
    static let slabMagic: UInt32 = 0xc450_4bd9  // a first byte that is not text, then "KP"

    /// Ids, slots and slabs beyond this are taken for damage, because they determine how much memory is allocated.
    static let idLimit = 1 << 28
}

/// A piece of a file of series: the symbols, shapes and series that were added since the piece before it. What they
/// refer to is in the same piece or in an earlier one.
struct SeriesExtent: ~Copyable, Sendable {
    var symbolIDs = FieldBuffer(), symbolLengths = FieldBuffer(), symbolBytes = FieldBuffer()
    /// For each shape, its id, the number of its names, and their symbols.
    var shapes = FieldBuffer()
    var slots = FieldBuffer(), numbers = FieldBuffer(), fingerprints = FieldBuffer()
    /// For each series, its shape and the symbols of its values.
    var records = FieldBuffer()
    var shapeCount: UInt32 = 0
    /// How much of a selection the piece covers; dead entries are counted but not written.
    var symbolsTaken = 0, shapesTaken = 0, slotsTaken = 0

    var seriesCount: Int { slots.count / 4 }

    var isEmpty: Bool { symbolIDs.count == 0 && shapes.count == 0 && slots.count == 0 }

    /// Appends the piece without its checksum.
    func encode(into buffer: inout FieldBuffer) {
        buffer.append(littleEndian: CheckpointFormat.extentMagic)
        buffer.append(littleEndian: UInt32(symbolIDs.count / 4))
        buffer.append(littleEndian: shapeCount)
        buffer.append(littleEndian: UInt32(seriesCount))
        buffer.append(littleEndian: UInt64(symbolBytes.count))
        buffer.append(littleEndian: UInt64(shapes.count))
        buffer.append(littleEndian: UInt64(records.count))
        buffer.append(contentsOf: symbolIDs)
        buffer.append(contentsOf: symbolLengths)
        buffer.append(contentsOf: symbolBytes)
        buffer.append(contentsOf: shapes)
        buffer.append(contentsOf: slots)
        buffer.append(contentsOf: numbers)
        buffer.append(contentsOf: fingerprints)
        buffer.append(contentsOf: records)
    }
}

/// Where the parts of a piece of a file of series are; all of them are within the file.
struct SeriesExtentLayout {
    static let headByteCount = 40

    var symbolIDs: Range<Int>, symbolLengths: Range<Int>, symbolBytes: Range<Int>
    var shapes: Range<Int>
    var slots: Range<Int>, numbers: Range<Int>, fingerprints: Range<Int>, records: Range<Int>
    var shapeCount: Int
    /// Where the checksum is.
    var end: Int

    var symbolCount: Int { symbolIDs.count / 4 }
    var seriesCount: Int { slots.count / 4 }

    /// Reads the layout of the piece at `offset`; nil when its numbers do not fit the bytes.
    init?(_ bytes: RawSpan, at offset: Int) {
        var cursor = FieldCursor(offset..<bytes.byteCount)
        guard let magic = cursor.littleEndian(UInt32.self, in: bytes), magic == CheckpointFormat.extentMagic,
            let symbols = cursor.littleEndian(UInt32.self, in: bytes),
            let shapeCount = cursor.littleEndian(UInt32.self, in: bytes),
            let series = cursor.littleEndian(UInt32.self, in: bytes),
            let symbolBytes = cursor.size(in: bytes), let shapeBytes = cursor.size(in: bytes),
            let recordBytes = cursor.size(in: bytes),
            let symbolIDs = cursor.take(Int(symbols) * 4), let symbolLengths = cursor.take(Int(symbols) * 4),
            let symbolRange = cursor.take(symbolBytes), let shapes = cursor.take(shapeBytes),
            let slots = cursor.take(Int(series) * 4), let numbers = cursor.take(Int(series) * 8),
            let fingerprints = cursor.take(Int(series) * 8), let records = cursor.take(recordBytes),
            cursor.remaining >= 4, shapeBytes % 4 == 0, recordBytes % 4 == 0, Int(shapeCount) <= shapeBytes / 4
        else { return nil }
        self.symbolIDs = symbolIDs
        self.symbolLengths = symbolLengths
        self.symbolBytes = symbolRange
        self.shapes = shapes
        self.slots = slots
        self.numbers = numbers
        self.fingerprints = fingerprints
        self.records = records
        self.shapeCount = Int(shapeCount)
        end = cursor.position
    }
}

/// Where the parts of one slab are in a file of samples; all of them are within the file.
struct SlabLayout {
    static let headByteCount = 32

    var slab: Int
    /// One entry for each series, for each series with samples, or for each full chunk: see FORMAT.md.
    var numbers: Range<Int>, lastTimes: Range<Int>, lastBits: Range<Int>, lastDeltas: Range<Int>
    var firstTimes: Range<Int>, chunkLastTimes: Range<Int>
    var bitCounts: Range<Int>, closedCounts: Range<Int>
    var places: Range<Int>, openSamples: Range<Int>, closedBytes: Range<Int>, closedSamples: Range<Int>
    var windows: Range<Int>
    var chunks: Range<Int>
    /// The histograms and start times of the series.
    var details: Range<Int>
    /// Where the checksum is.
    var end: Int

    var seriesCount: Int { places.count / 2 }

    /// Reads the layout of the slab at `offset`; nil when its numbers do not fit the bytes.
    init?(_ bytes: RawSpan, at offset: Int) {
        var cursor = FieldCursor(offset..<bytes.byteCount)
        guard let magic = cursor.littleEndian(UInt32.self, in: bytes), magic == CheckpointFormat.slabMagic,
            let slab = cursor.littleEndian(UInt32.self, in: bytes),
            Int(slab) < CheckpointFormat.idLimit / Slab.capacity,
            let series = cursor.littleEndian(UInt32.self, in: bytes), series > 0, series <= Slab.capacity,
            let open = cursor.littleEndian(UInt32.self, in: bytes), open <= series,
            let closed = cursor.littleEndian(UInt32.self, in: bytes), closed <= Int32.max,
            let detailBytes = cursor.littleEndian(UInt32.self, in: bytes),
            let chunkBytes = cursor.size(in: bytes),
            let numbers = cursor.take(Int(series) * 8), let lastTimes = cursor.take(Int(series) * 8),
            let lastBits = cursor.take(Int(series) * 8), let lastDeltas = cursor.take(Int(open) * 8),
            let firstTimes = cursor.take(Int(closed) * 8), let chunkLastTimes = cursor.take(Int(closed) * 8),
            let bitCounts = cursor.take(Int(open) * 4), let closedCounts = cursor.take(Int(open) * 4),
            let places = cursor.take(Int(series) * 2), let openSamples = cursor.take(Int(open) * 2),
            let closedBytes = cursor.take(Int(closed) * 2), let closedSamples = cursor.take(Int(closed) * 2),
            let windows = cursor.take(Int(open) * 2), let chunks = cursor.take(chunkBytes),
            let details = cursor.take(Int(detailBytes)), cursor.remaining >= 4
        else { return nil }
        self.slab = Int(slab)
        self.numbers = numbers
        self.lastTimes = lastTimes
        self.lastBits = lastBits
        self.lastDeltas = lastDeltas
        self.firstTimes = firstTimes
        self.chunkLastTimes = chunkLastTimes
        self.bitCounts = bitCounts
        self.closedCounts = closedCounts
        self.places = places
        self.openSamples = openSamples
        self.closedBytes = closedBytes
        self.closedSamples = closedSamples
        self.windows = windows
        self.chunks = chunks
        self.details = details
        end = cursor.position
    }
}

extension FieldCursor {
    /// Reads a count of bytes, 64 bits long, that fits what is left.
    mutating func size(in bytes: RawSpan) -> Int? {
        guard let value = littleEndian(UInt64.self, in: bytes), value <= UInt64(remaining) else { return nil }
        return Int(value)
    }
}

extension RawSpan {
    /// Returns the integer at `index` of a column of such integers that begins at `start`.
    @inline(__always)
    func integer<Integer: FixedWidthInteger & BitwiseCopyable>(
        _ type: Integer.Type, _ column: Range<Int>, _ index: Int
    ) -> Integer {
        // SAFETY: every bit pattern is an integer; the load checks the span's bounds.
        Integer(
            littleEndian: unsafe unsafeLoadUnaligned(
                fromByteOffset: column.lowerBound &+ index &* MemoryLayout<Integer>.size, as: Integer.self))
    }
}
