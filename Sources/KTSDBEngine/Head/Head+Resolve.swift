internal import KTSDBModel
internal import Synchronization

/// Label sets that wait to be resolved together: their string forms end to end, and their fingerprints.
struct PendingSeries {
    private(set) var bytes: [UInt8] = []
    private(set) var ends: [Int] = []
    private(set) var fingerprints: [UInt64] = []
    /// Under what to keep them in future, with their place here.
    private(set) var rawLabels: [(index: Int, key: RawLabelKey)] = []

    var count: Int { ends.count }

    mutating func append(_ stringForm: Span<UInt8>, fingerprint: UInt64) {
        bytes.append(stringForm)
        ends.append(bytes.count)
        fingerprints.append(fingerprint)
    }

    /// The last label set looks like this on the wire.
    mutating func keep(under key: RawLabelKey) { rawLabels.append((count - 1, key)) }

    /// Whether the last label set is this one.
    func endsWith(_ stringForm: Span<UInt8>) -> Bool {
        guard let end = ends.last else { return false }
        let start = ends.count > 1 ? ends[ends.count - 2] : 0
        guard end - start == stringForm.count else { return false }
        for index in 0..<stringForm.count where bytes[start + index] != stringForm[index] { return false }
        return true
    }

}

extension Head {
    /// The series with these labels, made if it is new, and then added to `created`; nil if the limit of series keeps
    /// it out.
    func resolve(_ labels: Labels, created: inout [SeriesID]) -> SeriesID? {
        let fingerprint = labels.fingerprint
        return series.withLock { series in
            findOrInsert(labels.bytes.span, fingerprint, in: &series, created: &created)
        }
    }

    /// The series with these labels, if it is in memory.
    func id(of labels: Labels) -> SeriesID? {
        let fingerprint = labels.fingerprint
        return series.withLock { series in find(labels.bytes.span, fingerprint, in: series) }
    }

    /// Resolves label sets together, hiding the cache misses of one behind those of the others. What the limit of
    /// series keeps out is `SeriesID.refused`; `SeriesID.outOfBounds` is what is not there, and is not to be made as
    /// `isHopeless`, which may be empty, says.
    func resolve(
        _ pending: PendingSeries, butNotNew isHopeless: [Bool] = [], created: inout [SeriesID]
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
            resolved += series.withLock { series in
                var found: [SeriesID] = []
                for index in first..<last { series.prefetchSlot(pending.fingerprints[index]) }
                for index in first..<last { series.prefetchRecord(pending.fingerprints[index]) }
                for index in first..<last {
                    let start = index == 0 ? 0 : pending.ends[index - 1]
                    let form = pending.bytes.span.extracting(start..<pending.ends[index])
                    let fingerprint = pending.fingerprints[index]
                    if !isHopeless.isEmpty, isHopeless[index] {
                        found.append(find(form, fingerprint, in: series) ?? .outOfBounds)
                    } else {
                        found.append(findOrInsert(form, fingerprint, in: &series, created: &created) ?? .refused)
                    }
                }
                for (index, key) in kept where !found[index - first].isRefused {
                    series.keep(found[index - first].slot, under: key)
                }
                return found
            }
            first = last
        }
        return resolved
    }

    /// The series whose labels stood on the wire as these parts of `message`, in the same order; `SeriesID.unknown` for
    /// those that have not been met. About 40 ns each at 250 bytes.
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

    /// Adds a series that the log defined and returns its slot; nil when its labels are here already. It begins from
    /// its newest sample before the frame.
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

    /// The same for labels that may be here already: then the series is known by the new number, and begins from its
    /// newest sample before the frame, unless it has got samples since.
    func restore(_ definition: SeriesDefinition) -> UInt32 {
        if let slot = restoreNew(definition) { return slot }
        let fingerprint = definition.labels.fingerprint
        return series.withLock { series in
            let slot = series.find(definition.labels.bytes.span, fingerprint: fingerprint)!
            let hasSamples = slab(of: slot).content.withLock { content in
                content.flush()
                return content[SlabPlace(of: slot)].sampleCount > 0
            }
            if hasSamples { return slot }
            series.renumber(slot, definition.id)
            start(slot, definition.id, definition.lastTime, definition.lastBits)
            return slot
        }
    }

    private func find(
        _ bytes: Span<UInt8>, _ fingerprint: UInt64, in series: borrowing SeriesTable
    ) -> SeriesID? {
        guard let slot = series.find(bytes, fingerprint: fingerprint) else { return nil }
        return SeriesID(number: series.number(of: slot), slot: slot, owner: owner)
    }

    private func findOrInsert(
        _ bytes: Span<UInt8>, _ fingerprint: UInt64, in series: inout SeriesTable,
        created: inout [SeriesID]
    ) -> SeriesID? {
        if let id = find(bytes, fingerprint, in: series) { return id }
        guard series.count < configuration.seriesLimit else { return nil }
        let number = newNumber()
        let slot = series.insert(bytes, fingerprint: fingerprint, number: number)
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
