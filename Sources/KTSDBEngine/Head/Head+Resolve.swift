internal import KTSDBModel
internal import Synchronization

extension Head {
    /// Returns the series with these labels. A new one is created and added to `created`; a refused id if a limit keeps
    /// it out.
    func resolve(_ labels: Labels, created: inout [SeriesID]) -> SeriesID {
        let fingerprint = labels.fingerprint
        return series.withLock { series in
            let bytes = labels.bytes.span
            if let id = find(bytes, fingerprint, in: series) { return id }
            let id = insert(bytes, fingerprint, in: &series, created: &created)
            countMemory(of: series)
            return id
        }
    }

    /// Returns the series with these labels; nil if it is not in memory.
    func id(of labels: Labels) -> SeriesID? {
        let fingerprint = labels.fingerprint
        return series.withLock { series in find(labels.bytes.span, fingerprint, in: series) }
    }

    /// Resolves label sets 64 at a time, so that their cache misses overlap. Returns a refused id for a series that a
    /// limit keeps out, and `SeriesID.outOfBounds` for one that does not exist and that `isHopeless` forbids to create.
    /// `isHopeless` has one element for each label set, or is empty.
    func resolve(
        _ pending: borrowing PendingSeries, butNotNew isHopeless: [Bool] = [], created: inout [SeriesID]
    ) -> [SeriesID] {
        let batch = 64
        var rawLabels = pending.rawLabels[...]
        var resolved: [SeriesID] = []
        resolved.reserveCapacity(pending.count)
        var first = 0
        while first < pending.count {
            let last = min(first + batch, pending.count)
            let kept = rawLabels.prefix { $0.index < last }
            rawLabels = rawLabels[kept.endIndex...]
            series.withLock { series in
                let known = created.count
                let fingerprints = pending.fingerprints.extracting(first..<last)
                for index in fingerprints.indices { series.prefetchSlot(fingerprints[index]) }
                for index in fingerprints.indices { series.prefetchRecord(fingerprints[index]) }
                for index in fingerprints.indices {
                    let form = pending.stringForm(first + index), fingerprint = fingerprints[index]
                    if let id = find(form, fingerprint, in: series) {
                        resolved.append(id)
                    } else if !isHopeless.isEmpty, isHopeless[first + index] {
                        resolved.append(.outOfBounds)
                    } else {
                        resolved.append(insert(form, fingerprint, in: &series, created: &created))
                    }
                }
                if created.count > known { countMemory(of: series) }
                for (index, key) in kept where !resolved[index].isRefused {
                    series.keep(resolved[index].slot, under: key)
                }
            }
            first = last
        }
        return resolved
    }

    /// Returns the series whose raw labels are these parts of `message`, in the same order; `SeriesID.unknown` for
    /// those that are not in the raw label cache. Costs about 40 ns each at 250 bytes.
    func known(in message: Span<UInt8>, at parts: [Range<Int>]) -> [SeriesID] {
        let batch = 64
        let keys = parts.map { rawLabelHasher.key(of: message.extracting($0).rawBytes) }
        var ids = [SeriesID](repeating: .unknown, count: parts.count)
        var first = 0
        while first < parts.count {
            let last = min(first + batch, parts.count)
            let found = series.withLock { series in
                var slots: [UInt32] = [], found: [SeriesID] = []
                for index in first..<last { series.rawLabels.prefetch(keys[index]) }
                for index in first..<last {
                    let slot = series.rawLabels.find(keys[index])
                    if let slot { series.prefetchNumber(slot) }
                    slots.append(slot ?? .max)
                }
                for slot in slots {
                    found.append(
                        slot == .max ? .unknown : SeriesID(number: series.number(of: slot), slot: slot, owner: owner))
                }
                return found
            }
            for (index, id) in found.enumerated() { ids[first + index] = id }
            first = last
        }
        return ids
    }

    /// Adds a series that the log defines and returns its slot; nil if its labels are in memory already. Its newest
    /// sample is the one before the frame.
    func restoreNew(_ definition: SeriesDefinition) -> UInt32? {
        reserveNumbers(through: definition.id)
        let fingerprint = definition.labels.fingerprint
        return series.withLock { series in
            let bytes = definition.labels.bytes.span
            guard series.find(bytes, fingerprint: fingerprint) == nil else { return nil }
            let slot = series.insert(bytes, fingerprint: fingerprint, number: definition.id)
            start(slot, definition.id, definition.lastTime, definition.lastBits)
            return slot
        }
    }

    /// Adds a series that the log defines, or finds it by its labels, and returns its slot. Its newest sample is the
    /// one of the definition, also if it is in memory with samples, which are in blocks then: the newest of them may
    /// have been deleted before the series came back.
    func restore(_ definition: SeriesDefinition) -> UInt32 {
        if let slot = restoreNew(definition) { return slot }
        let fingerprint = definition.labels.fingerprint
        return series.withLock { series in
            let slot = series.find(definition.labels.bytes.span, fingerprint: fingerprint)!
            let hasSamples = slab(of: slot).content.withLock { content in
                content.flush()
                let place = SlabPlace(of: slot)
                guard content[place].sampleCount > 0 || content.late.has(place) else { return false }
                if content.last(place) != (definition.lastTime, definition.lastBits) {
                    content.forgetNewest(place)
                    let newest = NewestSample(time: definition.lastTime, bits: definition.lastBits)
                    if newest.time != .min { content.correct(place, newest) }
                }
                return true
            }
            if hasSamples { return slot }
            series.renumber(slot, definition.id)
            start(slot, definition.id, definition.lastTime, definition.lastBits)
            return slot
        }
    }

    /// Sets the newest sample by which a series is judged.
    func correctNewest(of slot: UInt32, _ sample: NewestSample) {
        let generation = openGeneration
        slab(of: slot).content.withLock { content in
            content.advance(to: generation)
            content.flush()
            content.correct(SlabPlace(of: slot), sample)
        }
    }

    @inline(__always)
    private func find(_ bytes: Span<UInt8>, _ fingerprint: UInt64, in series: borrowing SeriesTable) -> SeriesID? {
        guard let slot = series.find(bytes, fingerprint: fingerprint) else { return nil }
        return SeriesID(number: series.number(of: slot), slot: slot, owner: owner)
    }

    /// Adds a series that does not exist yet; returns a refused id if a limit keeps it out.
    private func insert(
        _ bytes: Span<UInt8>, _ fingerprint: UInt64, in series: inout SeriesTable, created: inout [SeriesID]
    ) -> SeriesID {
        guard series.count < configuration.seriesLimit else { return .refused }
        if !series.groups.isEmpty {
            switch series.groups.judge(bytes, now: configuration.now()) {
            case .admitted: break
            case .overLimit: return .overGroupLimit
            case .overDailyLimit: return .overDailyLimit
            }
        }
        guard configuration.memory.admitsSeries() else { return .withoutMemory }
        let number = newNumber()
        let slot = series.insert(bytes, fingerprint: fingerprint, number: number, isNew: true)
        start(slot, number, .min, 0)
        created.append(SeriesID(number: number, slot: slot, owner: owner))
        return SeriesID(number: number, slot: slot, owner: owner)
    }

    private func start(_ slot: UInt32, _ number: UInt64, _ lastTime: Int64, _ lastBits: UInt64) {
        slab(of: slot).content.withLock { content in
            content.start(SlabPlace(of: slot), number: number, lastTime: lastTime, lastBits: lastBits)
        }
    }
}
