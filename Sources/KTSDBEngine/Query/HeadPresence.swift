internal import KTSDBModel
internal import Synchronization

/// Finds which series in memory have a sample in a range of time, among those that a view sees.
///
/// For nearly all series, the times at which chunks begin and end decide: a chunk is decoded only if it begins before
/// the range and ends after it, or if the view sees only a part of it. Otherwise it costs about 20 ns a series; a
/// slab's lock is held for at most 256 of them.
struct HeadPresence {
    private let content: ViewContent
    private let range: ClosedRange<Int64>
    private static let batchCount = 256

    private let limits: (any ReadLimits)?

    init(_ content: ViewContent, in range: ClosedRange<Int64>, _ limits: (any ReadLimits)?) {
        self.content = content
        self.limits = limits
        self.range = range
    }

    /// Returns the slots below a bound of all series that have a sample in the range, ascending.
    func slots(below bound: Int) throws(ReadError) -> [UInt32] {
        var slots: [UInt32] = [], ids: [SeriesID] = []
        for slab in content.head.currentSlabs where slab.index << Slab.capacityBits < bound {
            ids.removeAll(keepingCapacity: true)
            slab.content.withLock { content in
                for place in SlabPlace.all where content[place].number != 0 {
                    ids.append(
                        SeriesID(
                            number: content[place].number, slot: UInt32(slab.index << Slab.capacityBits + place.index)))
                }
            }
            for (id, isPresent) in zip(ids, try contains(ids)) where isPresent && id.slot < bound {
                slots.append(id.slot)
            }
        }
        return slots
    }

    /// Returns for each of some series, ascending by slot, whether it has a sample in the range that is shown.
    func contains(_ ids: [SeriesID]) throws(ReadError) -> [Bool] {
        guard content.memoryCuts != nil else { return try find(ids) }
        // Series of one class share what is shown of the range.
        var places: [Int64: [Int]] = [:], pace = Pace(limits)
        for (place, id) in ids.enumerated() {
            try pace.step(16)
            if let shown = content.shownInMemory(range, of: id) { places[shown.lowerBound, default: []].append(place) }
        }
        var present = [Bool](repeating: false, count: ids.count)
        for (start, places) in places {
            let part = HeadPresence(content, in: start...range.upperBound, limits)
            for (place, isPresent) in zip(places, try part.find(places.map { ids[$0] })) { present[place] = isPresent }
        }
        return present
    }

    private func find(_ ids: [SeriesID]) throws(ReadError) -> [Bool] {
        var present = [Bool](repeating: false, count: ids.count)
        for generation in content.generations {
            var first = 0
            while first < ids.count {
                let slab = ids[first].slot >> UInt32(Slab.capacityBits)
                var end = first + 1
                while end < ids.count, end - first < Self.batchCount,
                    ids[end].slot >> UInt32(Slab.capacityBits) == slab
                {
                    end += 1
                }
                try look(first..<end, of: ids, in: generation, &present)
                first = end
            }
        }
        return present
    }

    /// Does the same for series of one slab, in one head generation.
    private func look(
        _ part: Range<Int>, of ids: [SeriesID], in generation: HeadGeneration, _ present: inout [Bool]
    ) throws(ReadError) {
        try limits?.check()
        var undecided: [Int] = [], pace = Pace(limits)
        var found = present[part]
        let slab = content.head.slab(of: ids[part.lowerBound].slot)
        slab.content.withLock { content in
            let isOpen = content.generation.number == generation.number
            if isOpen { content.flush() }
            let frozen = isOpen ? nil : generation.frozenSlab(at: slab.index)
            guard isOpen || frozen != nil else { return }
            let pages = frozen?.pages ?? content.arena.pagesCopy
            for index in part where !found[index] {
                let place = SlabPlace(of: ids[index].slot)
                let chunks = frozen?.series[place.index] ?? content.chunks(at: place)
                guard chunks.number == ids[index].number else { continue }
                let late = frozen?.late ?? content.late
                if late.has(place) {
                    let visible =
                        isOpen
                        ? content.visibleLate(epoch: self.content.epoch)
                        : content.frozenLateCount(
                            generation: generation.number, epoch: self.content.epoch, full: late.count)
                    found[index] = late.has(place, in: range, visible: visible)
                }
                guard !found[index], chunks.sampleCount > 0 else { continue }
                let visible =
                    isOpen
                    ? content.visibleCount(place, epoch: self.content.epoch)
                    : content.frozenCount(
                        place, generation: generation.number, epoch: self.content.epoch, full: chunks.sampleCount)
                guard visible > 0 else { continue }
                switch chunks.presence(in: range, visible: visible, frozen?.closed ?? content.closed, pages) {
                case .present: found[index] = true
                case .absent: break
                case .undecided: undecided.append(index)
                }
            }
        }
        present.replaceSubrange(part, with: found)
        var columns = SampleColumns(), replacing = SampleColumns()
        for index in undecided {
            try pace.step(64)
            columns.removeAll()
            // Late samples in the range have been found already.
            try content.head.decode(
                ids[index], generation: generation, epoch: content.epoch, range: range, into: &columns,
                replacing: &replacing)
            replacing.removeAll()
            columns.clip(to: range, from: 0)
            present[index] = columns.times.count > 0
        }
    }
}

extension SeriesChunks {
    fileprivate enum Presence {
        case present, absent, undecided
    }

    /// Whether one of the first `visible` samples is in the range, as far as that is known without decoding.
    fileprivate func presence(
        in range: ClosedRange<Int64>, visible: UInt32, _ closed: [ClosedChunk], _ pages: ChunkPages
    ) -> Presence {
        // Most reads ask for the newest times, and for series that are alive.
        if visible == sampleCount, openSampleCount > 0, range.contains(openLastTime) { return .present }
        var isUndecided = false
        // How many samples there are up to a chunk's end; newest first.
        var end = Int(sampleCount)
        if openSampleCount > 0 {
            let seen = Int(visible) - (end - Int(openSampleCount))
            let first = XORChunk.firstTime(pages.bytes(of: openBuffer, count: 8))
            switch Self.presence(first, openLastTime, seen: seen, of: Int(openSampleCount), in: range) {
            case .present: return .present
            case .undecided: isUndecided = true
            case .absent: break
            }
            end -= Int(openSampleCount)
        }
        // A part of the series may go back in time, so all chunks are checked.
        var place = lastClosed
        while place >= 0 {
            let chunk = closed[Int(place)]
            let seen = Int(visible) - (end - Int(chunk.sampleCount))
            switch Self.presence(chunk.firstTime, chunk.lastTime, seen: seen, of: Int(chunk.sampleCount), in: range) {
            case .present: return .present
            case .undecided: isUndecided = true
            case .absent: break
            }
            end -= Int(chunk.sampleCount)
            place = chunk.previous
        }
        return isUndecided ? .undecided : .absent
    }

    /// Returns what is known of a chunk of which at most the first `seen` samples are visible.
    private static func presence(
        _ first: Int64, _ last: Int64, seen: Int, of count: Int, in range: ClosedRange<Int64>
    ) -> Presence {
        guard seen > 0, first <= range.upperBound else { return .absent }
        if first >= range.lowerBound { return .present }
        // The chunk begins before the range, and its times ascend.
        if last < range.lowerBound { return .absent }
        return seen >= count && last <= range.upperBound ? .present : .undecided
    }
}
