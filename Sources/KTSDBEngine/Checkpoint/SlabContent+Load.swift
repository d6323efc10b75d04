internal import KTSDBModel

extension SlabContent {
    /// Loads a slab of a checkpoint into this one, which is empty.
    ///
    /// - Parameters:
    ///   - bytes: The file of samples.
    ///   - layout: Where the slab's parts are in it.
    ///   - withSamples: Whether to load the samples, and not only each series' newest one.
    /// - Returns: The number of samples, or nil when the bytes are malformed; the slab must not be used then.
    mutating func load(_ bytes: RawSpan, _ layout: SlabLayout, withSamples: Bool) -> Int? {
        var open = 0, closedIndex = 0, samples = 0
        var byte = layout.chunks.lowerBound
        var previousPlace = -1, places: [SlabPlace] = []
        places.reserveCapacity(layout.seriesCount)
        for index in 0..<layout.seriesCount {
            let mark = bytes.integer(UInt16.self, layout.places, index)
            guard let place = SlabPlace(Int(mark & 0x7fff)), place.index > previousPlace else { return nil }
            previousPlace = place.index
            var state = SeriesState()
            state.number = bytes.integer(UInt64.self, layout.numbers, index)
            guard state.number != 0 else { return nil }
            let lastTime = bytes.integer(Int64.self, layout.lastTimes, index)
            let lastBits = bytes.integer(UInt64.self, layout.lastBits, index)
            state.xor = XORState(lastTime: lastTime, lastValue: lastBits)
            if mark & 0x8000 != 0 {
                guard open < layout.openSamples.count / 2,
                    let xor = XORState(
                        lastTime: lastTime, lastDelta: bytes.integer(Int64.self, layout.lastDeltas, open),
                        lastValue: lastBits, bitCount: bytes.integer(UInt32.self, layout.bitCounts, open),
                        sampleCount: bytes.integer(UInt16.self, layout.openSamples, open),
                        leading: bytes.integer(UInt8.self, layout.windows, open * 2),
                        trailing: bytes.integer(UInt8.self, layout.windows, open * 2 + 1)),
                    xor.bitCount <= SeriesState.maximumBytes * 8, xor.sampleCount <= SeriesState.maximumSamples
                else { return nil }
                let chunks = Int(bytes.integer(UInt32.self, layout.closedCounts, open))
                open += 1
                if withSamples {
                    guard
                        let count = loadChunks(bytes, layout, &byte, closedIndex..<(closedIndex + chunks), xor, &state)
                    else { return nil }
                    samples += count
                }
                closedIndex += chunks
            }
            put(state, at: place)
            noteCheckpoint(place)
            places.append(place)
        }
        guard let late = loadDetails(bytes, layout, places, withSamples: withSamples) else { return nil }
        samples += late
        let isWhole =
            open == layout.openSamples.count / 2 && closedIndex == layout.firstTimes.count / 8
            && (!withSamples || byte == layout.chunks.upperBound)
        return isWhole ? samples : nil
    }

    /// Loads histograms and start times, late samples and corrections. Returns the number of late samples.
    private mutating func loadDetails(
        _ bytes: RawSpan, _ layout: SlabLayout, _ places: [SlabPlace], withSamples: Bool
    ) -> Int? {
        var cursor = FieldCursor(layout.details)
        var index: UInt64 = 0
        while cursor.remaining > 0 {
            guard let gap = cursor.varint(in: bytes) else { return nil }
            if gap == LateCoding.mark { return loadLate(bytes, &cursor, places: places, withSamples: withSamples) }
            guard gap < UInt64(layout.seriesCount) - index else { return nil }
            let place = places[Int(index + gap)]
            let rows = withSamples ? self[place].sampleCount : .max
            guard let details = SeriesDetails(&cursor, in: bytes, rows: rows) else { return nil }
            if withSamples { restoreDetails(place, details) }
            index += gap + 1
        }
        return 0
    }

    /// Loads a series' full chunks and its open one; `byte` is where they begin and moves to their end.
    private mutating func loadChunks(
        _ bytes: RawSpan, _ layout: SlabLayout, _ byte: inout Int, _ full: Range<Int>, _ xor: XORState,
        _ state: inout SeriesState
    ) -> Int? {
        guard full.upperBound <= layout.firstTimes.count / 8 else { return nil }
        var samples = Int(xor.sampleCount), end = Int64.min
        for index in full {
            let byteCount = bytes.integer(UInt16.self, layout.closedBytes, index)
            let sampleCount = bytes.integer(UInt16.self, layout.closedSamples, index)
            guard sampleCount > 0, sampleCount <= SeriesState.maximumSamples,
                let (buffer, _) = copyChunk(bytes, layout, &byte, byteCount: Int(byteCount))
            else { return nil }
            let chunk = ClosedChunk(
                firstTime: bytes.integer(Int64.self, layout.firstTimes, index),
                lastTime: bytes.integer(Int64.self, layout.chunkLastTimes, index), buffer: buffer,
                byteCount: byteCount, sampleCount: sampleCount, previous: state.lastClosed)
            if chunk.firstTime <= end { goesBack = true }
            end = chunk.lastTime
            appendClosed(chunk, to: &state)
            samples += Int(sampleCount)
        }
        guard let (buffer, sizeClass) = copyChunk(bytes, layout, &byte, byteCount: xor.byteCount),
            let total = UInt32(exactly: samples)
        else { return nil }
        if XORChunk.firstTime(arena.bytes(of: buffer, count: 8)) <= end { goesBack = true }
        state.xor = xor
        state.buffer = buffer
        state.sizeClass = sizeClass
        state.sampleCount = total
        return samples
    }

    /// Copies a chunk's bytes into a buffer of the smallest size that holds them.
    private mutating func copyChunk(
        _ bytes: RawSpan, _ layout: SlabLayout, _ byte: inout Int, byteCount: Int
    ) -> (buffer: UInt32, sizeClass: UInt8)? {
        guard byteCount >= 16, byteCount <= SeriesState.maximumBytes, byteCount <= layout.chunks.upperBound - byte
        else {
            return nil
        }
        var sizeClass: UInt8 = 0
        while ChunkArena.capacity(ofClass: sizeClass) < byteCount { sizeClass += 1 }
        let buffer = arena.allocate(class: sizeClass)
        arena.fill(buffer, bytes.extracting(byte..<(byte + byteCount)))
        byte += byteCount
        return (buffer, sizeClass)
    }
}
