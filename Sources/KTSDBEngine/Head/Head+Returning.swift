internal import KTSDBModel
internal import Synchronization

extension Head {
    /// Returns the series without a newest sample that have one at or before `latest` among these samples, with the
    /// earliest of them.
    func seriesWithoutNewest(
        slots: Span<UInt32>, numbers: Span<UInt64>, times: Span<Int64>, through latest: Int64
    ) -> [(id: SeriesID, since: Int64)] {
        var found: [UInt32: (id: SeriesID, since: Int64)] = [:]
        let slabs = currentSlabs
        var row = 0
        while row < slots.count {
            let index = Int(slots[row] >> UInt32(Slab.capacityBits))
            guard index < slabs.count else {
                row += 1
                continue
            }
            slabs[index].content.withLock { content in
                while row < slots.count, Int(slots[row] >> UInt32(Slab.capacityBits)) == index {
                    let slot = slots[row]
                    if times[row] <= latest, content.last(SlabPlace(of: slot)).time == .min {
                        let since = min(times[row], found[slot]?.since ?? .max)
                        found[slot] = (SeriesID(number: numbers[row], slot: slot), since)
                    }
                    row += 1
                }
            }
        }
        return found.values.sorted { $0.id.slot < $1.id.slot }
    }

    /// Returns which series have to forget their newest sample since a deletion is made or undone. Called under the
    /// commit lock.
    func newestToForget(_ affected: AffectedSeries) -> (forgotten: [SeriesID], needsSeal: Bool) {
        var forgotten: [SeriesID] = [], needsSeal = false
        for id in affected.series {
            slab(of: id.slot).content.withLock { content in
                content.flush()
                let place = SlabPlace(of: id.slot)
                guard content[place].number == id.number, affected.range.contains(content.last(place).time) else {
                    return
                }
                let hasSamples = content[place].sampleCount > 0, hasLate = content.late.has(place)
                // What was appended in order after a deletion's seal is not deleted, and still the newest.
                if !affected.isUndone, hasSamples { return }
                if hasSamples || hasLate { needsSeal = true } else { forgotten.append(id) }
            }
        }
        return (forgotten, needsSeal)
    }

    /// Forgets the newest sample of a series: the next one is judged by what blocks have.
    func forgetNewest(of slot: UInt32) {
        let generation = openGeneration
        slab(of: slot).content.withLock { content in
            content.advance(to: generation)
            content.forgetNewest(SlabPlace(of: slot))
        }
    }

    /// Forgets the newest samples of all series of which nothing is in memory: what comes next is judged by blocks. The
    /// log says so with the next commit of each, since replay knows the sample again until then.
    func forgetIdleNewest() {
        let generation = openGeneration
        for slab in currentSlabs {
            slab.content.withLock { content in
                content.advance(to: generation)
                content.flush()
                for place in SlabPlace.all
                where content[place].sampleCount == 0 && !content.late.has(place) && content.last(place).time != .min {
                    content.forgetNewestInLog(place)
                }
            }
        }
    }

    /// Takes a sample that was imported into account: it becomes the newest of its series if that has an earlier one,
    /// and the log has to say so. A series of which none is known is looked up in blocks anyway. Called under the
    /// commit lock.
    ///
    /// - Parameters:
    ///   - id: The series.
    ///   - sample: The newest sample that was imported.
    ///   - replaces: Whether the sample counts instead of an earlier commit's at the same time.
    ///   - generation: The open generation that began where the import was ordered, or 0 if that is not known: what a
    ///     series has in it is of a later commit.
    /// - Returns: Whether the newest sample has changed.
    func raiseNewest(of id: SeriesID, to sample: NewestSample, replaces: Bool, since generation: UInt32) -> Bool {
        let open = openGeneration
        return slab(of: id.slot).content.withLock { content in
            let place = SlabPlace(of: id.slot), last = content.last(place)
            guard content[place].number == id.number, last.time > .min, last.time <= sample.time else { return false }
            content.advance(to: open)
            content.flush()
            var sample = sample
            if last.time == sample.time {
                guard last.bits != sample.bits else { return false }
                let isEarlier =
                    open.number == generation && content[place].sampleCount == 0 && !content.late.has(place)
                if isEarlier, !replaces { return false }
                // Which of the two counts depends on commits that are not known any more: no value repeats it.
                if !isEarlier { sample.bits = NewestSample.unknownBits }
            }
            content.correctInLog(place, sample)
            return true
        }
    }

    /// Returns the series whose numbers are `limit` or higher.
    func series(numberedFrom limit: UInt64) -> [SeriesID] {
        guard seriesNumberLimit > limit else { return [] }
        return series.withLock { series in
            var found: [SeriesID] = []
            for slot in 0..<series.numbers.count where series.numbers[slot] >= limit {
                found.append(SeriesID(number: series.numbers[slot], slot: UInt32(slot)))
            }
            return found
        }
    }

    /// Sets the newest sample of a series that has none, and has the log say so. Called under the commit lock.
    func noteNewest(of id: SeriesID, _ sample: NewestSample) {
        let generation = openGeneration
        slab(of: id.slot).content.withLock { content in
            let place = SlabPlace(of: id.slot)
            guard content[place].number == id.number, content.last(place).time == .min else { return }
            content.advance(to: generation)
            content.correctInLog(place, sample)
        }
    }
}

/// The series that a deletion, or its undoing, concerns: what blocks have of them changes.
struct AffectedSeries {
    var series: [SeriesID] = []
    /// The series whose newest sample is in this range of time have to forget it.
    var range: ClosedRange<Int64> = 0...0
    /// Whether samples come back, so that blocks may have later ones than memory knows.
    var isUndone = false
}
