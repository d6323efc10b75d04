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

    /// Returns those of the series whose newest sample is in a range of time, and that have nothing in the open
    /// generation. Called under the commit lock.
    func series(_ ids: [SeriesID], withNewestIn range: ClosedRange<Int64>) -> [SeriesID] {
        ids.filter { id in
            slab(of: id.slot).content.withLock { content in
                content.flush()
                let place = SlabPlace(of: id.slot)
                return content[place].number == id.number && content[place].sampleCount == 0
                    && !content.late.has(place) && range.contains(content.last(place).time)
            }
        }
    }

    /// Forgets the newest sample of a series, which was deleted: the next one is judged by what blocks have.
    func forgetNewest(of slot: UInt32) {
        let generation = openGeneration
        slab(of: slot).content.withLock { content in
            content.advance(to: generation)
            content.forgetNewest(SlabPlace(of: slot))
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
