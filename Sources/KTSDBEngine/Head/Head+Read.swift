internal import CLibrary
internal import KTSDBModel
internal import Synchronization

extension Head {
    /// Appends the samples of one series in one generation that a view sees: to `columns`, and to `replacing` those
    /// that count instead of what earlier generations have at their times. Both ascend in time, and have no time in
    /// common.
    ///
    /// - Parameters:
    ///   - id: The series. Nothing is appended if its slot holds another series in the generation.
    ///   - generation: The generation to read, open or frozen.
    ///   - epoch: The view's epoch.
    ///   - range: Milliseconds, inclusive. Chunks wholly outside may be left out; samples are not filtered.
    ///   - columns: Receives the samples.
    ///   - replacing: Receives those that replace others; nearly always none.
    /// - Throws: `ReadError.damaged` if a chunk in memory does not decode.
    func decode(
        _ id: SeriesID, generation: HeadGeneration, epoch: UInt32, range: ClosedRange<Int64>,
        into columns: inout SampleColumns, replacing: inout SampleColumns
    ) throws(ReadError) {
        let index = Int(id.slot >> UInt32(Slab.capacityBits)), place = SlabPlace(of: id.slot)
        let slab = slab(of: id.slot)
        var copy = ChunkCopy()
        let isOpen = slab.content.withLock { content -> Bool in
            guard content.generation.number == generation.number else { return false }
            guard content[place].number == id.number else { return true }
            content.flush()
            if content.late.has(place) {
                copy.late = content.late.samples(of: place, in: range, visible: content.visibleLate(epoch: epoch))
            }
            let visible = content.visibleCount(place, epoch: epoch)
            guard visible > 0 else { return true }
            copy.take(
                content.chunks(at: place), content.closed, content.arena.pagesCopy, visible: visible, range: range)
            if !content.details.isEmpty { copy.details = content.details[place] }
            return true
        }
        if !isOpen {
            guard let frozen = generation.frozenSlab(at: index) else { return }
            let chunks = frozen.series[place.index]
            guard chunks.number == id.number else { return }
            // A view that was opened while this generation was open may see fewer samples than it holds now.
            let (visible, visibleLate) = slab.content.withLock {
                (
                    $0.frozenCount(place, generation: generation.number, epoch: epoch, full: chunks.sampleCount),
                    $0.frozenLateCount(generation: generation.number, epoch: epoch, full: frozen.late.count)
                )
            }
            copy.take(chunks, frozen.closed, frozen.pages, visible: visible, range: range)
            copy.details = frozen.details[place]
            copy.late = frozen.late.samples(of: place, in: range, visible: visibleLate)
        }
        try copy.decode(into: &columns, replacing: &replacing)
    }
}

/// The encoded chunks of one series, copied under the slab's lock and decoded without it.
struct ChunkCopy {
    private var bytes: [UInt8] = []
    private var parts: [(byteCount: Int, sampleCount: Int)] = []
    /// The first copied sample's row in the generation.
    private var firstRow = 0
    /// Whether a chunk begins at or before the previous one's end. Then all chunks are copied, and sorted when they are
    /// decoded.
    private var goesBack = false
    /// The series' histograms and start times.
    var details: SeriesDetails?
    /// The series' late samples.
    var late = ArrivedLate()

    /// Copies the chunks of the first `visible` samples, except those wholly outside `range`.
    mutating func take(
        _ series: SeriesChunks, _ closed: [ClosedChunk], _ pages: ChunkPages, visible: UInt32, range: ClosedRange<Int64>
    ) {
        var full: [ClosedChunk] = []
        var next = series.lastClosed
        while next >= 0 {
            full.append(closed[Int(next)])
            next = closed[Int(next)].previous
        }
        goesBack = Self.goesBack(full, series, pages)
        let range = goesBack ? .min ... .max : range
        var left = Int(visible)
        for chunk in full.reversed() where left > 0 {
            let count = min(left, Int(chunk.sampleCount))
            left -= count
            if chunk.lastTime < range.lowerBound || chunk.firstTime > range.upperBound {
                // Times ascend, so chunks are left out only before the first copied one or after the last.
                if parts.isEmpty { firstRow += count }
                continue
            }
            append(pages, chunk.buffer, Int(chunk.byteCount), count)
        }
        guard left > 0, series.openLastTime >= range.lowerBound else { return }
        append(pages, series.openBuffer, Int(series.openByteCount), min(left, Int(series.openSampleCount)))
    }

    private static func goesBack(_ full: [ClosedChunk], _ series: SeriesChunks, _ pages: ChunkPages) -> Bool {
        // Newest first.
        var next = Int64.max
        if series.openSampleCount > 0 {
            next = XORChunk.firstTime(pages.bytes(of: series.openBuffer, count: 8))
        }
        for chunk in full {
            if chunk.lastTime >= next { return true }
            next = chunk.firstTime
        }
        return false
    }

    private mutating func append(_ pages: ChunkPages, _ buffer: UInt32, _ byteCount: Int, _ sampleCount: Int) {
        bytes.append(pages.bytes(of: buffer, count: byteCount))
        parts.append((byteCount, sampleCount))
    }

    /// Appends the samples to `columns` and `replacing`, both ascending in time. Of two samples at the same time, the
    /// first one stored stays, unless a late one replaces it.
    func decode(into columns: inout SampleColumns, replacing: inout SampleColumns) throws(ReadError) {
        guard late.isEmpty else { return try decodeWithLate(into: &columns, &replacing) }
        guard goesBack else { return try decodeAsStored(into: &columns) }
        var stored = SampleColumns(), merge = SampleMerge()
        try decodeAsStored(into: &stored)
        stored.fillStartTimes()
        var row = 0
        for part in parts {
            stored.forgetNoReset(inRow: row)
            merge.note(from: row, rank: .memory, stored)
            row += part.sampleCount
        }
        merge.finish(&stored)
        columns.append(stored)
    }

    private func decodeWithLate(
        into columns: inout SampleColumns, _ replacing: inout SampleColumns
    ) throws(ReadError) {
        var stored = SampleColumns(), starts: [Int] = [], row = 0
        try decodeAsStored(into: &stored)
        stored.fillStartTimes()
        for part in parts {
            starts.append(row)
            row += part.sampleCount
        }
        late.merge(stored, parts: goesBack ? starts : [], into: &columns, replacing: &replacing)
    }

    private func decodeAsStored(into columns: inout SampleColumns) throws(ReadError) {
        let before = columns.times.count
        var isWhole = decode(&columns.times, &columns.values)
        if let details, columns.times.count > before {
            isWhole =
                isWhole
                && details.decode(firstRow..<(firstRow + columns.times.count - before), into: &columns, at: before)
        }
        guard isWhole else { throw .damaged(path: "memory", detail: "an open chunk does not decode") }
    }

    private func decode(_ timeColumn: inout Column<Int64>, _ valueColumn: inout Column<Double>) -> Bool {
        let total = parts.reduce(0) { $0 + $1.sampleCount }
        guard total > 0 else { return true }
        var times = timeColumn.extend(by: total)
        var values = valueColumn.extend(by: total)
        let bytes = bytes.span.rawBytes
        var isWhole = true, offset = 0, row = 0
        for part in parts {
            let rows = row..<(row + part.sampleCount)
            var partTimes = times._mutatingExtracting(rows), partValues = values._mutatingExtracting(rows)
            let isDecoded = XORChunk.decode(
                bytes.extracting(offset..<(offset + part.byteCount)), sampleCount: part.sampleCount,
                times: &partTimes, values: &partValues)
            isWhole = isWhole && isDecoded
            offset += part.byteCount
            row += part.sampleCount
        }
        return isWhole
    }
}
