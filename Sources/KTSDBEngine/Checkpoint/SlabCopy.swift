internal import KTSDBModel
internal import Synchronization

/// What a slab held when its head generation was pinned: copied in small pieces under the slab's lock, while appends
/// continue.
///
/// Full chunks never change and are read where they are; open ones are copied, cut to what they were.
struct SlabCopy: ~Copyable {
    /// The number of series that are copied under one lock.
    private static let pieceCount = 256

    /// What is copied under one lock.
    private struct Piece: Sendable {
        var places: [UInt16] = []
        var states: [SeriesState] = []
        var openBytes: [UInt8] = []
        var details: [(index: Int, details: SeriesDetails)] = []
        var corrections: [(index: Int, sample: NewestSample)] = []
        var closed: [ClosedChunk]
        var pages: ChunkPages
    }

    let index: Int
    private(set) var places: [UInt16] = []
    private(set) var states: [SeriesState] = []
    /// The bytes of the open chunks, end to end.
    private(set) var openBytes: [UInt8] = []
    /// The details of series, with their places in `states`; perhaps of more rows than there were at the pin.
    private(set) var details: [(index: Int, details: SeriesDetails)] = []
    /// The newest samples of series, with their places in `states`, that are not the last of their chunks.
    private(set) var corrections: [(index: Int, sample: NewestSample)] = []
    private(set) var closed: [ClosedChunk] = []
    private(set) var pages: ChunkPages?
    /// The late samples; those from `lateCount` on came after the pin.
    private(set) var late = LateSamples()
    private(set) var lateCount = 0

    /// Copies what `slab` held at the pin with this number, without the series in the slots for which `isLeftOut`
    /// returns true.
    init(_ slab: Slab, pin: UInt32, isLeftOut: (UInt32) -> Bool) {
        index = slab.index
        let first = UInt32(slab.index << Slab.capacityBits)
        for start in stride(from: 0, to: Slab.capacity, by: Self.pieceCount) {
            let range = start..<(start + Self.pieceCount)
            var wanted = [Bool](repeating: true, count: Self.pieceCount)
            for place in range { wanted[place - start] = !isLeftOut(first + UInt32(place)) }
            let isLast = range.upperBound == Slab.capacity
            let piece = slab.content.withLock { content in
                content.flush()
                let piece = Self.copy(range, wanted, of: content)
                if isLast {
                    (late, lateCount) = (content.late, content.pinnedLate)
                    content.endPin(pin)
                }
                return piece
            }
            for held in piece.details { details.append((states.count + held.index, held.details)) }
            for held in piece.corrections { corrections.append((states.count + held.index, held.sample)) }
            places += piece.places
            states += piece.states
            openBytes += piece.openBytes
            // A later piece has all chunks that an earlier one has.
            (closed, pages) = (piece.closed, piece.pages)
        }
    }

    private static func copy(_ range: Range<Int>, _ wanted: [Bool], of content: borrowing SlabContent) -> Piece {
        var piece = Piece(closed: content.closed, pages: content.arena.pagesCopy)
        for index in range where wanted[index - range.lowerBound] {
            guard let place = SlabPlace(index) else { break }
            let state = content.pinnedState(place)
            guard state.number != 0 else { continue }
            piece.places.append(UInt16(index))
            piece.states.append(state)
            if let correction = content.pinnedCorrection(of: place, at: state) {
                piece.corrections.append((piece.states.count - 1, correction))
            }
            guard state.sampleCount > 0 else { continue }
            if !content.details.isEmpty, let details = content.details[place], !details.isEmpty {
                piece.details.append((piece.states.count - 1, details))
            }
            let start = piece.openBytes.count
            let buffer = content.openBuffer(of: place, at: state)
            // The chunk has had this many bytes since the pin, and no append changes them.
            piece.openBytes.append(content.arena.bytes(of: buffer, count: state.xor.byteCount))
            let unused = -Int(state.xor.bitCount) & 7
            piece.openBytes[start + state.xor.byteCount - 1] &= 0xff >> UInt8(unused)
        }
        return piece
    }

    /// Returns the full chunks of the series at `index` in `states`, oldest first.
    func closedChunks(of index: Int) -> [ClosedChunk] {
        var chunks: [ClosedChunk] = []
        var next = states[index].lastClosed
        while next >= 0 {
            chunks.append(closed[Int(next)])
            next = closed[Int(next)].previous
        }
        chunks.reverse()
        return chunks
    }
}

extension SlabContent {
    /// Returns the buffer of the chunk that was open in an earlier state of a series: it is still open, or full by now.
    fileprivate func openBuffer(of place: SlabPlace, at earlier: SeriesState) -> UInt32 {
        let now = self[place]
        guard now.lastClosed != earlier.lastClosed else { return now.buffer }
        var next = Int(now.lastClosed)
        while closed[next].previous != earlier.lastClosed { next = Int(closed[next].previous) }
        return closed[next].buffer
    }
}

/// Writes a checkpoint's file of samples, slab by slab.
struct SamplesFileWriter {
    private let output: CheckpointOutput
    /// The number of series and samples so far.
    private(set) var seriesCount = 0, sampleCount = 0

    init(_ header: SamplesHeader, directory: String, _ files: any FileSystem) throws(FileError) {
        output = try CheckpointOutput(creating: FileName.path(directory, .samples, header.number), files)
        try output.append { header.encode(into: &$0) }
        try output.endPiece()
    }

    /// Appends what a slab held; does nothing when it has no series.
    mutating func write(_ slab: borrowing SlabCopy) throws(FileError) {
        guard !slab.states.isEmpty else { return }
        let chunks = slab.states.indices.map { slab.closedChunks(of: $0) }
        var details = FieldBuffer()
        var index = 0
        for held in slab.details {
            details.append(varint: UInt64(held.index - index))
            held.details.encode(rows: Int(slab.states[held.index].sampleCount), into: &details)
            index = held.index + 1
        }
        let lateCount = slab.encodeLate(into: &details)
        try output.append { Self.encode(slab, chunks, detailByteCount: details.count, into: &$0) }
        var open = 0
        for index in slab.states.indices where slab.states[index].sampleCount > 0 {
            for chunk in chunks[index] {
                try output.append(slab.pages!.bytes(of: chunk.buffer, count: Int(chunk.byteCount)))
            }
            let end = open + slab.states[index].xor.byteCount
            try output.append(slab.openBytes.span.rawBytes.extracting(open..<end))
            open = end
            sampleCount += Int(slab.states[index].sampleCount)
        }
        try output.append(details.bytes)
        sampleCount += lateCount
        seriesCount += slab.states.count
        try output.endPiece()
    }

    private static func encode(
        _ slab: borrowing SlabCopy, _ chunks: [[ClosedChunk]], detailByteCount: Int, into buffer: inout FieldBuffer
    ) {
        let open = slab.states.indices.filter { slab.states[$0].sampleCount > 0 }
        let closed = chunks.joined()
        buffer.append(littleEndian: CheckpointFormat.slabMagic)
        buffer.append(littleEndian: UInt32(slab.index))
        buffer.append(littleEndian: UInt32(slab.states.count))
        buffer.append(littleEndian: UInt32(open.count))
        buffer.append(littleEndian: UInt32(closed.count))
        buffer.append(littleEndian: UInt32(detailByteCount))
        buffer.append(littleEndian: UInt64(closed.reduce(slab.openBytes.count) { $0 + Int($1.byteCount) }))
        for state in slab.states { buffer.append(littleEndian: state.number) }
        for state in slab.states { buffer.append(littleEndian: state.xor.lastTime) }
        for state in slab.states { buffer.append(littleEndian: state.xor.lastValue) }
        for index in open { buffer.append(littleEndian: slab.states[index].xor.lastDelta) }
        for chunk in closed { buffer.append(littleEndian: chunk.firstTime) }
        for chunk in closed { buffer.append(littleEndian: chunk.lastTime) }
        for index in open { buffer.append(littleEndian: slab.states[index].xor.bitCount) }
        for index in open { buffer.append(littleEndian: UInt32(chunks[index].count)) }
        for (place, state) in zip(slab.places, slab.states) {
            buffer.append(littleEndian: place | (state.sampleCount > 0 ? 0x8000 : 0))
        }
        for index in open { buffer.append(littleEndian: slab.states[index].xor.sampleCount) }
        for chunk in closed { buffer.append(littleEndian: chunk.byteCount) }
        for chunk in closed { buffer.append(littleEndian: chunk.sampleCount) }
        for index in open {
            buffer.append(slab.states[index].xor.leading)
            buffer.append(slab.states[index].xor.trailing)
        }
    }

    /// Hands all slabs to the operating system.
    func flush() throws(FileError) { try output.flush() }

    /// Writes what else belongs to the checkpoint, makes the file durable and returns its length and checksum.
    func finish(_ trailer: CheckpointTrailer) throws(FileError) -> (byteCount: UInt64, checksum: UInt32) {
        try output.append { trailer.encode(into: &$0) }
        try output.endPiece()
        try output.finish()
        return (output.byteCount, output.checksum)
    }
}
