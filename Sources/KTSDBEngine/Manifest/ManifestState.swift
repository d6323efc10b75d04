/// What a database consists of, besides its log.
package struct ManifestState: Hashable, Sendable {
    /// A random number that ties the database's files together.
    package internal(set) var databaseID: UInt64
    /// Higher than the number of any series.
    package internal(set) var nextSeriesID: UInt64 = 1
    /// All commits up to this one are in blocks.
    package internal(set) var sealedThrough: UInt64 = 0
    /// Higher than the number of any block.
    package internal(set) var nextBlockNumber: UInt64 = 1
    /// Everything older than this time, in milliseconds since the Unix epoch, has been removed, as retention demands;
    /// nil until that has happened for the first time.
    package internal(set) var settledAgeLimit: Int64?
    /// The identity of the retention rules under which that was so; 0 without rules.
    package internal(set) var settledPolicy: UInt64 = 0
    /// The newest time that was appended up to `sealedThrough`; nil if that is not known. Blocks of imports may have
    /// later ones, which do not count when the age of a sample is judged.
    package internal(set) var newest: Int64?
    /// The commit of the last import that was published; 0 before the first. A block of a later one shows that edits
    /// are missing, and one of an earlier one that is not named has been removed.
    package internal(set) var importedThrough: UInt64 = 0
    /// The blocks, by number.
    package internal(set) var blocks: [BlockSummary] = []
    /// The checkpoints, by number; usually at most two, the newest and the one to fall back on.
    package internal(set) var checkpoints: [CheckpointRecord] = []

    /// A segment of the log that is on the disk, or was removed when a later one was; 0 if none is known.
    package internal(set) var logSegment: UInt64 = 0
    /// No block with samples after this time, in milliseconds since the Unix epoch, has been removed by a retention or
    /// a limit of size; nil if none was. Of times up to here, not all samples may be left.
    package internal(set) var removedThrough: Int64?
    /// No block was written again without samples after this time because they were too old for their class; nil if
    /// none was.
    package internal(set) var rewrittenThrough: Int64?
    /// What has been rolled up, by the identity of the rule; empty except in the MANIFEST of rollups.
    package internal(set) var rollups: [RollupProgress] = []

    /// The edit that turns an empty state into this one.
    var asEdit: ManifestEdit {
        ManifestEdit(
            nextSeriesID: nextSeriesID, sealedThrough: sealedThrough, nextBlockNumber: nextBlockNumber,
            settledAgeLimit: settledAgeLimit, settledPolicy: settledPolicy == 0 ? nil : settledPolicy, added: blocks,
            addedCheckpoints: checkpoints,
            logSegment: logSegment == 0 ? nil : logSegment, removedThrough: removedThrough,
            rewrittenThrough: rewrittenThrough, rollups: rollups, newest: newest,
            importedThrough: importedThrough == 0 ? nil : importedThrough)
    }

    /// Returns the state after `edit`, or nil when the edit does not fit: it adds a block that exists, removes one that
    /// does not, or sets a number back. The same applies to checkpoints.
    func applying(_ edit: ManifestEdit) -> ManifestState? {
        var next = self
        if let value = edit.nextSeriesID {
            guard value >= nextSeriesID else { return nil }
            next.nextSeriesID = value
        }
        if let value = edit.sealedThrough {
            guard value >= sealedThrough else { return nil }
            next.sealedThrough = value
        }
        if let value = edit.nextBlockNumber {
            guard value >= nextBlockNumber else { return nil }
            next.nextBlockNumber = value
        }
        next.settledAgeLimit = edit.settledAgeLimit ?? settledAgeLimit
        next.settledPolicy = edit.settledPolicy ?? settledPolicy
        next.newest = edit.newest ?? newest
        if let value = edit.importedThrough {
            guard value >= importedThrough else { return nil }
            next.importedThrough = value
        }
        if let value = edit.logSegment {
            guard value >= logSegment, value < .max else { return nil }
            next.logSegment = value
        }
        if let value = edit.removedThrough { next.removedThrough = max(value, removedThrough ?? .min) }
        if let value = edit.rewrittenThrough { next.rewrittenThrough = max(value, rewrittenThrough ?? .min) }
        for progress in edit.rollups {
            next.rollups.removeAll { $0.identity == progress.identity }
            next.rollups.append(progress)
        }
        next.rollups.removeAll { edit.removedRollups.contains($0.identity) }
        next.rollups.sort { $0.identity < $1.identity }
        for number in edit.removed {
            guard let index = next.blocks.firstIndex(where: { $0.number == number }) else { return nil }
            next.blocks.remove(at: index)
        }
        for block in edit.added {
            guard block.number < .max, block.minTime <= block.maxTime,
                !next.blocks.contains(where: { $0.number == block.number })
            else {
                return nil
            }
            next.blocks.append(block)
            next.nextBlockNumber = max(next.nextBlockNumber, block.number + 1)
        }
        next.blocks.sort { $0.number < $1.number }
        for number in edit.removedCheckpoints {
            guard let index = next.checkpoints.firstIndex(where: { $0.number == number }) else { return nil }
            next.checkpoints.remove(at: index)
        }
        for checkpoint in edit.addedCheckpoints {
            guard next.checkpoints.last?.number ?? 0 < checkpoint.number, checkpoint.number > 0 else { return nil }
            next.checkpoints.append(checkpoint)
        }
        return next
    }
}

/// A change of the MANIFEST that happens wholly or not at all; fields that are nil do not change.
package struct ManifestEdit: Hashable, Sendable {
    package var nextSeriesID: UInt64?
    package var sealedThrough: UInt64?
    package var nextBlockNumber: UInt64?
    package var settledAgeLimit: Int64?
    package var settledPolicy: UInt64?
    /// The numbers of blocks that are removed, before others are added.
    package var removed: [UInt64] = []
    package var added: [BlockSummary] = []
    /// The numbers of checkpoints that are removed, before others are added.
    package var removedCheckpoints: [UInt64] = []
    package var addedCheckpoints: [CheckpointRecord] = []
    package var logSegment: UInt64?
    package var removedThrough: Int64?
    package var rewrittenThrough: Int64?
    /// What has been rolled up, in place of what was known of the same rules.
    package var rollups: [RollupProgress] = []
    /// The identities of rules that are forgotten, after others were added.
    package var removedRollups: [UInt64] = []
    package var newest: Int64?
    package var importedThrough: UInt64?

    package init(
        nextSeriesID: UInt64? = nil, sealedThrough: UInt64? = nil, nextBlockNumber: UInt64? = nil,
        settledAgeLimit: Int64? = nil, settledPolicy: UInt64? = nil, removed: [UInt64] = [], added: [BlockSummary] = [],
        removedCheckpoints: [UInt64] = [], addedCheckpoints: [CheckpointRecord] = [], logSegment: UInt64? = nil,
        removedThrough: Int64? = nil, rewrittenThrough: Int64? = nil, rollups: [RollupProgress] = [],
        removedRollups: [UInt64] = [], newest: Int64? = nil, importedThrough: UInt64? = nil
    ) {
        self.nextSeriesID = nextSeriesID
        self.sealedThrough = sealedThrough
        self.nextBlockNumber = nextBlockNumber
        self.settledAgeLimit = settledAgeLimit
        self.settledPolicy = settledPolicy
        self.removed = removed
        self.added = added
        self.removedCheckpoints = removedCheckpoints
        self.addedCheckpoints = addedCheckpoints
        self.logSegment = logSegment
        self.removedThrough = removedThrough
        self.rewrittenThrough = rewrittenThrough
        self.rollups = rollups
        self.removedRollups = removedRollups
        self.newest = newest
        self.importedThrough = importedThrough
    }
}
