internal import KTSDBModel

/// The bytes of a checkpoint: FORMAT.md, section 6.
enum CheckpointFormat {
    /// The version of files of series.
    static let version: UInt32 = 1
    /// The version of files of samples. Version 2 brought histograms and start times, version 3 the last piece.
    static let samplesVersion: UInt32 = 3
    static let readableSamplesVersions: ClosedRange<UInt32> = 1...3
    static let seriesMagic: UInt32 = 0x5253_544b  // "KTSR"
    static let extentMagic: UInt32 = 0xc453_4bd9  // a first byte that is not text, then "KS"
    static let samplesMagic: UInt32 = 0x5053_544b  // "KTSP"
    static let slabMagic: UInt32 = 0xc450_4bd9  // a first byte that is not text, then "KP"

    /// Ids, slots and slabs beyond this are taken for damage, since their number decides how much memory is asked for.
    static let idLimit = 1 << 28
}

/// A piece of a file of series: symbols, shapes and series that were added since the piece before it. What they refer
/// to stands in the same piece or in an earlier one.
struct SeriesExtent: ~Copyable, Sendable {
    var symbolIDs = FieldBuffer(), symbolLengths = FieldBuffer(), symbolBytes = FieldBuffer()
    /// For each shape its id, the number of its names, and their symbols.
    var shapes = FieldBuffer()
    var slots = FieldBuffer(), numbers = FieldBuffer(), fingerprints = FieldBuffer()
    /// For each series its shape and the symbols of its values.
    var records = FieldBuffer()
    var shapeCount: UInt32 = 0
    /// How much of a selection the piece stands for; what is dead is not written.
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

/// Where the parts of a piece of a file of series are; all of them lie within the file.
struct SeriesExtentLayout {
    static let headByteCount = 40

    var symbolIDs: Range<Int>, symbolLengths: Range<Int>, symbolBytes: Range<Int>
    var shapes: Range<Int>
    var slots: Range<Int>, numbers: Range<Int>, fingerprints: Range<Int>, records: Range<Int>
    var shapeCount: Int
    /// Where the checksum stands.
    var end: Int

    var symbolCount: Int { symbolIDs.count / 4 }
    var seriesCount: Int { slots.count / 4 }

    /// The piece at `offset`, or nil when its numbers do not fit what is there.
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

/// The beginning of a checkpoint's file of samples: the database after one commit, beside its series.
struct SamplesHeader: Hashable {
    static let byteCount = 76

    var databaseID: UInt64
    var number: UInt64
    /// The last commit whose samples are in the checkpoint.
    var sequence: UInt64
    /// The commits up to this one were in blocks; the samples are those after it.
    var sealedThrough: UInt64
    /// The newest timestamp ever stored; `Int64.min` when there is none.
    var newest: Int64
    /// The times that the samples span; the first is higher than the second when there are none.
    var openMinTime: Int64, openMaxTime: Int64
    /// When the first of the samples came by the wall clock; `Int64.min` when there are none.
    var openSince: Int64

    /// Appends the header without its checksum.
    func encode(into buffer: inout FieldBuffer) {
        buffer.append(littleEndian: CheckpointFormat.samplesMagic)
        buffer.append(littleEndian: CheckpointFormat.samplesVersion)
        for value in [databaseID, number, sequence, sealedThrough] { buffer.append(littleEndian: value) }
        for value in [newest, openMinTime, openMaxTime, openSince] { buffer.append(littleEndian: value) }
    }

    /// The version in a header whose checksum is right; nil where it is not.
    static func version(of bytes: RawSpan) -> UInt32? {
        guard bytes.byteCount >= byteCount,
            bytes.extracting(first: byteCount - 4).crc32c()
                == bytes.integer(UInt32.self, (byteCount - 4)..<byteCount, 0),
            bytes.integer(UInt32.self, 0..<4, 0) == CheckpointFormat.samplesMagic
        else { return nil }
        return bytes.integer(UInt32.self, 4..<8, 0)
    }

    /// The header at the beginning of a file, whose checksum the caller checks.
    init?(_ bytes: RawSpan) {
        var cursor = FieldCursor(0..<bytes.byteCount)
        guard let magic = cursor.littleEndian(UInt32.self, in: bytes), magic == CheckpointFormat.samplesMagic,
            let version = cursor.littleEndian(UInt32.self, in: bytes),
            CheckpointFormat.readableSamplesVersions.contains(version),
            let databaseID = cursor.littleEndian(UInt64.self, in: bytes),
            let number = cursor.littleEndian(UInt64.self, in: bytes),
            let sequence = cursor.littleEndian(UInt64.self, in: bytes),
            let sealedThrough = cursor.littleEndian(UInt64.self, in: bytes),
            let newest = cursor.littleEndian(Int64.self, in: bytes),
            let openMinTime = cursor.littleEndian(Int64.self, in: bytes),
            let openMaxTime = cursor.littleEndian(Int64.self, in: bytes),
            let openSince = cursor.littleEndian(Int64.self, in: bytes), cursor.remaining >= 4
        else { return nil }
        self.init(
            databaseID: databaseID, number: number, sequence: sequence, sealedThrough: sealedThrough, newest: newest,
            openMinTime: openMinTime, openMaxTime: openMaxTime, openSince: openSince)
    }

    init(
        databaseID: UInt64, number: UInt64, sequence: UInt64, sealedThrough: UInt64, newest: Int64, openMinTime: Int64,
        openMaxTime: Int64, openSince: Int64
    ) {
        self.databaseID = databaseID
        self.number = number
        self.sequence = sequence
        self.sealedThrough = sealedThrough
        self.newest = newest
        self.openMinTime = openMinTime
        self.openMaxTime = openMaxTime
        self.openSince = openSince
    }
}

/// Where the parts of one slab are in a file of samples; all of them lie within the file.
struct SlabLayout {
    static let headByteCount = 32

    var slab: Int
    /// One for each series, for each series with samples, and for each full chunk: see FORMAT.md.
    var numbers: Range<Int>, lastTimes: Range<Int>, lastBits: Range<Int>, lastDeltas: Range<Int>
    var firstTimes: Range<Int>, chunkLastTimes: Range<Int>
    var bitCounts: Range<Int>, closedCounts: Range<Int>
    var places: Range<Int>, openSamples: Range<Int>, closedBytes: Range<Int>, closedSamples: Range<Int>
    var windows: Range<Int>
    var chunks: Range<Int>
    /// What series have beside times and values.
    var details: Range<Int>
    /// Where the checksum stands.
    var end: Int

    var seriesCount: Int { places.count / 2 }

    /// The slab at `offset`, or nil when its numbers do not fit what is there.
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
    /// A count of bytes in 64 bits that fits what is left.
    mutating func size(in bytes: RawSpan) -> Int? {
        guard let value = littleEndian(UInt64.self, in: bytes), value <= UInt64(remaining) else { return nil }
        return Int(value)
    }
}

extension RawSpan {
    /// The integer at `index` of a column of such integers that begins at `start`.
    @inline(__always)
    func integer<Integer: FixedWidthInteger & BitwiseCopyable>(
        _ type: Integer.Type, _ column: Range<Int>, _ index: Int
    ) -> Integer {
        load(littleEndian: Integer.self, at: column.lowerBound &+ index &* MemoryLayout<Integer>.size)
    }
}
