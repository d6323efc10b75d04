internal import KTSDBModel
internal import Synchronization

/// How many samples of a commit were stored, repeated or rejected.
struct ApplyOutcome {
    var appended = 0
    /// How many of those stored are late.
    var late = 0
    var repeated = 0
    var rejections = RejectionCounts()
    /// The newest timestamp stored so far, including this commit; `Int64.min` if nothing was ever stored.
    var newest: Int64
    /// The earliest and latest time that this commit stored; `(.max, .min)` if it stored nothing.
    var earliestStored = Int64.max, latestStored = Int64.min
}

extension Head {
    /// Returns the series among `slots` that neither the log's `segment` nor a checkpoint defines yet, with their
    /// newest samples before the commit. From now on `segment` counts as defining them. Called under the commit lock.
    func define(_ slots: Span<UInt32>, in segment: UInt32) -> [(slot: UInt32, definition: SeriesDefinition)] {
        var fresh: [(slot: UInt32, number: UInt64, lastTime: Int64, lastBits: UInt64, corrects: Bool)] = []
        let slabs = currentSlabs, generation = openGeneration
        let since = min(segment, definitionFloor)
        var index = 0
        while index < slots.count {
            let slabIndex = Self.slab(of: slots[index])
            slabs[slabIndex].content.withLock { content in
                content.advance(to: generation)
                var slot = slots[index]
                repeat {
                    let place = SlabPlace(of: slot)
                    if content.define(place, in: segment, since: since) {
                        let last = content.last(place)
                        let corrects = content.takeCorrection(place)
                        fresh.append((slot, content[place].number, last.time, last.bits, corrects))
                    }
                    index += 1
                    guard index < slots.count else { break }
                    slot = slots[index]
                } while Self.slab(of: slot) == slabIndex
            }
        }
        guard !fresh.isEmpty else { return [] }
        return series.withLock { series in
            fresh.map {
                (
                    $0.slot,
                    SeriesDefinition(
                        id: $0.number, labels: series.labels(of: $0.slot), lastTime: $0.lastTime, lastBits: $0.lastBits,
                        corrects: $0.corrects)
                )
            }
        }
    }

    /// Undoes `define` after its frame could not be written.
    func undefine(_ definitions: [(slot: UInt32, definition: SeriesDefinition)]) {
        for (slot, definition) in definitions {
            slab(of: slot).content.withLock { $0.undefine(SlabPlace(of: slot), corrects: definition.corrects) }
        }
    }

    /// Stores the samples of one commit, in their order. Called under the commit lock, and by replay.
    ///
    /// - Parameters:
    ///   - slots: The series of each sample; none of these slots is freed meanwhile.
    ///   - times: The samples' times, in milliseconds; as many as `slots`.
    ///   - values: The samples' values; as many as `slots`.
    ///   - details: The samples' histograms and start times.
    ///   - policy: Decides which samples are too old or too far ahead.
    ///   - newest: The newest timestamp stored before this commit.
    /// - Returns: How many samples were stored, repeated or rejected.
    func apply(
        slots: Span<UInt32>, times: Span<Int64>, values: Span<Double>, details: SampleDetails, policy: AcceptancePolicy,
        newest: Int64
    ) -> ApplyOutcome {
        precondition(
            slots.count == times.count && slots.count == values.count,
            "Each sample has a slot, a time and a value: \(slots.count), \(times.count) and \(values.count) were given."
        )
        var outcome = ApplyOutcome(newest: newest)
        let slabs = currentSlabs, generation = openGeneration
        let current = epochs.current, epoch = CommitEpoch(current.epoch, keepsUndo: current.hasViews)
        let latest = policy.latest
        var extra = details.cursor
        var bound = policy.earliest(newest: outcome.newest)
        var index = 0
        while index < slots.count {
            let first = index, slabIndex = Self.slab(of: slots[first])
            repeat { index += 1 } while index < slots.count && Self.slab(of: slots[index]) == slabIndex
            slabs[slabIndex].content.withLock { content in
                content.advance(to: generation)
                // Locals, which the compiler keeps in registers.
                var appended = 0, newest = outcome.newest, earliest = bound
                var earliestStored = outcome.earliestStored, latestStored = outcome.latestStored
                var detailsRow = content.hasStarts ? 0 : extra.row
                for row in first..<index {
                    // SAFETY: the row is below `slots.count`, and the columns have equal counts.
                    let place = SlabPlace(of: unsafe slots[unchecked: row])
                    let (time, bits) = unsafe (times[unchecked: row], values[unchecked: row].bitPattern)
                    let (lastTime, lastBits) = content.last(place)
                    var verdict = judge(
                        time: time, bits: bits, lastTime: lastTime, lastBits: lastBits, earliest: earliest,
                        latest: latest, newest: newest, policy: policy)
                    if case .acceptAsNewPart = verdict {
                        content.beginPart(place)
                        verdict = .accept
                    }
                    switch verdict {
                    case .accept, .acceptAsNewPart:
                        content.store(place, time: time, bits: bits, epoch: epoch)
                        if _slowPath(row >= detailsRow) {
                            content.storeDetails(
                                place, extra.histogram(of: row, in: details), start: details.start(of: row))
                            detailsRow = content.hasStarts ? 0 : extra.row
                        }
                        appended &+= 1
                        earliestStored = min(earliestStored, time)
                        latestStored = max(latestStored, time)
                        if time > newest {
                            newest = time
                            earliest = policy.earliest(newest: time)
                        }
                    case .acceptLate(let replaces):
                        let hasDetails = row >= extra.row
                        content.storeLate(
                            place, time: time, bits: bits, replaces: replaces,
                            hasDetails ? extra.histogram(of: row, in: details) : nil,
                            start: hasDetails ? details.start(of: row) : 0, epoch: epoch)
                        if hasDetails, !content.hasStarts { detailsRow = extra.row }
                        appended &+= 1
                        outcome.late &+= 1
                        earliestStored = min(earliestStored, time)
                        latestStored = max(latestStored, time)
                    case .repeated: outcome.repeated += 1
                    case .reject(let reason): outcome.rejections.add(reason)
                    }
                }
                content.announce()
                bound = earliest
                outcome.appended &+= appended
                outcome.newest = newest
                (outcome.earliestStored, outcome.latestStored) = (earliestStored, latestStored)
            }
        }
        return outcome
    }

    /// The index of the slab that has the slot.
    @inline(__always)
    private static func slab(of slot: UInt32) -> Int { Int(slot >> UInt32(Slab.capacityBits)) }
}
