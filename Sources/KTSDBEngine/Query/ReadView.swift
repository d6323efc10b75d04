public import KTSDBModel
internal import Synchronization

/// An immutable view of the database after one commit: appends, seals and removals continue meanwhile and do not show.
///
/// Safe for use by any number of threads at once. Taking one is cheap; it is released with its last copy. While a view
/// is open, the memory and the files that it shows are kept.
public struct ReadView: SeriesSource {
    let content: ViewContent

    /// The last commit that the view includes.
    public var sequence: UInt64 { content.sequence }

    /// Finds the series that match all of `matchers` and may have samples in `range`, in canonical order.
    public func select(
        _ matchers: [LabelMatcher], in range: ClosedRange<Timestamp>, limits: (any ReadLimits)?
    ) throws(ReadError) -> any SelectedSeries {
        try Selection(matchers, in: range, of: content, limits: limits)
    }

    /// Returns an upper bound of how many series of blocks and of the head ``select(_:in:limits:)`` looks at: the sum,
    /// over all of these, of the shortest list of series that a single matcher leads to. Looks up terms but reads no
    /// list. Returns nil if a block cannot be read, or if the look-ups alone would take too long.
    public func selectionBound(_ matchers: [LabelMatcher], in range: ClosedRange<Timestamp>) -> Int? {
        let selections = matchers.map(TermSelection.init)
        // Looking up many values takes its time, too.
        guard MatcherPlanner.lookups(of: selections) * (content.blocks.count + 1) <= 1000 else { return nil }
        do throws(ReadError) {
            var bound = try MatcherPlanner.bound(selections, in: HeadPostings(content.head))
            for block in content.blocks(in: range) {
                bound += try MatcherPlanner.bound(selections, in: block)
            }
            return bound
        } catch {
            return nil
        }
    }

    /// Returns the series that match all of `matchers`, in canonical order; those without a sample in `range` may be
    /// among them.
    ///
    /// `limits` also apply when the samples of these series are read; with nil there are no limits.
    public func series(
        matching matchers: LabelMatcher..., in range: ClosedRange<Timestamp>, limits: (any ReadLimits)? = nil
    ) throws(ReadError) -> [Series] {
        let selection = try Selection(matchers, in: range, of: content, limits: limits)
        var series: [Series] = []
        series.reserveCapacity(selection.count)
        for position in 0..<selection.count {
            series.append(
                Series(labels: try selection.labels(at: position), selection: selection, position: position))
        }
        return series
    }

    /// Finds the series that match all of `matchers` and have a sample in `range`, staleness markers included, in
    /// canonical order.
    ///
    /// Unlike ``select(_:in:limits:)``, this leaves out all other series. In memory, and in those blocks that begin or
    /// end outside of the range, it looks at the ends of each series' columns and chunks, and decodes only where these
    /// do not decide.
    public func select(
        _ matchers: [LabelMatcher], withSamplesIn range: ClosedRange<Timestamp>, limits: (any ReadLimits)? = nil
    ) throws(ReadError) -> any SelectedSeries {
        try Selection(matchers, in: range, of: content, withSamples: true, limits: limits)
    }

    /// Returns the label names of the series that match all matchers of at least one of the lists (of all series if
    /// there is no list) and have a sample in `range`: ascending, at most `limit`.
    public func labelNames(
        matching lists: [[LabelMatcher]] = [], in range: ClosedRange<Timestamp>, limit: Int? = nil,
        limits: (any ReadLimits)? = nil
    ) throws(ReadError) -> [String] {
        try union(lists, in: range, limit, limits) { block, range throws(ReadError) in
            try block.labelNames(matching: lists, in: range, limits: limits)
        } head: { slots, postings throws(ReadError) in
            try MatcherPlanner.labelNames(in: slots, of: postings, limits: limits)
        }
    }

    /// Returns the values of the label `name` in the series that match all matchers of at least one of the lists (in
    /// all series if there is no list) and have a sample in `range`: ascending, at most `limit`.
    public func labelValues(
        of name: String, matching lists: [[LabelMatcher]] = [], in range: ClosedRange<Timestamp>, limit: Int? = nil,
        limits: (any ReadLimits)? = nil
    ) throws(ReadError) -> [String] {
        let name = Array(name.utf8), atMost = limit ?? .max
        return try union(lists, in: range, limit, limits) { block, range throws(ReadError) in
            try block.labelValues(of: name, matching: lists, in: range, limit: atMost, limits: limits)
        } head: { slots, postings throws(ReadError) in
            try MatcherPlanner.labelValues(of: name, in: slots, limit: atMost, of: postings, limits: limits)
        }
    }

    /// Joins what the blocks and the slots in memory that have a sample in the range return, all of it ascending: each
    /// value once, at most `limit`.
    private func union(
        _ lists: [[LabelMatcher]], in range: ClosedRange<Timestamp>, _ limit: Int?, _ limits: (any ReadLimits)?,
        block: (Block, ClosedRange<Int64>) throws(ReadError) -> [[UInt8]],
        head: ([UInt32], HeadPostings) throws(ReadError) -> [[UInt8]]
    ) throws(ReadError) -> [String] {
        guard let range = content.shown(range) else { return [] }
        let reservation = ReadReservation(limits)
        var found: [[UInt8]] = [], pace = Pace(limits)
        func add(_ values: [[UInt8]]) throws(ReadError) {
            for value in values {
                try pace.step(4 + value.count / 16)
                try reservation.grow(bytes: value.count * 2 + 96)
            }
            found += values
        }
        try content.forEachBlock(in: range, limits: limits) { _, stored throws(ReadError) in
            if !stored.isHidden { try add(try block(stored, range.milliseconds)) }
        }
        let postings = HeadPostings(content.head)
        let slots = try slots(matching: lists, in: range.milliseconds, postings, limits)
        if !slots.isEmpty { try add(try head(slots, postings)) }
        // The parts are already sorted, so this merges them.
        try found.sort(within: limits, by: ByteOrder.precedes)
        var result: [String] = []
        for (index, value) in found.enumerated() where index == 0 || value != found[index - 1] {
            guard result.count < limit ?? .max else { break }
            try pace.step(4 + value.count / 16)
            result.append(String(decoding: value, as: UTF8.self))
        }
        return result
    }

    /// Returns the slots of the series in memory that match all matchers of at least one of the lists (all slots if
    /// there is no list) and have a sample in memory that is in the range.
    func slots(
        matching lists: [[LabelMatcher]], in range: ClosedRange<Int64>, _ postings: HeadPostings,
        _ limits: (any ReadLimits)?
    ) throws(ReadError) -> [UInt32] {
        let presence = HeadPresence(content, in: range, limits)
        guard let found = try MatcherPlanner.resolve(anyOf: lists, in: postings, limits: limits) else {
            return try presence.slots(below: postings.seriesBound)
        }
        var ids: [SeriesID] = []
        for first in stride(from: 0, to: found.count, by: 4096) {
            try limits?.check()
            let some = found[first..<min(found.count, first + 4096)]
            ids += content.head.series.withLock { series in
                some.map { SeriesID(number: series.number(of: $0), slot: $0) }
            }
        }
        return zip(found, try presence.contains(ids)).compactMap { $1 ? $0 : nil }
    }
}

/// What a view keeps: blocks, head generations, and its epoch, which is closed with it. Safe for use by any number of
/// threads at once.
final class ViewContent: Sendable {
    let head: Head
    let sequence: UInt64
    let epoch: UInt32
    /// The open blocks, ascending by their first sample.
    let blocks: [Block]
    /// The head generations, oldest first: the one that is being sealed, if any, and the open one.
    let generations: [HeadGeneration]
    /// Samples before this time, in milliseconds, are not shown.
    let horizon: Int64
    /// Where each class of series begins; nil without retention rules.
    let cuts: RetentionCuts?
    /// The same, but nil if all samples in memory are shown anyway.
    let memoryCuts: RetentionCuts?
    /// The blocks that could not be opened.
    let missing: [MissingData]
    /// What there is of rollups; nil without rules.
    let rollups: RollupView?
    let exemplars: ExemplarPages
    let metadata: [String: MetricMetadata]
    let records: RecordTable

    init(
        head: Head, sequence: UInt64, blocks: [Block], generations: [HeadGeneration], horizon: Int64 = .min,
        cuts: RetentionCuts? = nil, earliestInMemory: Int64 = .min,
        missing: [MissingData] = [], rollups: RollupView? = nil,
        sideData: (exemplars: ExemplarPages, metadata: [String: MetricMetadata], records: RecordTable)
    ) {
        self.head = head
        self.sequence = sequence
        self.blocks = blocks
        self.generations = generations
        self.horizon = horizon
        self.cuts = cuts
        memoryCuts = cuts.flatMap { $0.latest > earliestInMemory ? $0 : nil }
        self.missing = missing
        self.rollups = rollups
        (exemplars, metadata, records) = sideData
        epoch = head.epochs.openView()
    }

    deinit { head.epochs.closeView(epoch) }

    /// The time before which raw samples are not shown, or may have been removed.
    var rawSince: Int64 { max(horizon, rollups?.rawSince ?? .min) }

    /// Returns the part of a range of time that is shown; nil if none is.
    func shown(_ range: ClosedRange<Timestamp>) -> ClosedRange<Timestamp>? {
        guard range.lowerBound.milliseconds < horizon else { return range }
        guard range.upperBound.milliseconds >= horizon else { return nil }
        return Timestamp(milliseconds: horizon)...range.upperBound
    }

    /// Calls `body` for each block that may have samples in a range of time, or for each block without a range. If that
    /// finds damage without which the block is of no use, the block is left out, as far as the limits allow it.
    func forEachBlock(
        in range: ClosedRange<Timestamp>?, limits: (any ReadLimits)?,
        _ body: (Int, Block) throws(ReadError) -> Void
    ) throws(ReadError) {
        if let limits {
            for missing in missing where range?.overlaps(missing.range) != false { try limits.leaveOut(missing) }
        }
        for (index, block) in blocks.enumerated() where range.map(block.summary.overlaps) != false {
            if limits?.leavesOut(file: block.file.path) == true { continue }
            do throws(ReadError) { try body(index, block) } catch {
                guard let limits, error.isDamage else { throw error }
                try limits.leaveOut(MissingData(error, block.times, isWholeFile: true))
            }
        }
    }

    /// Returns the blocks that may have samples in a range of time and show them.
    func blocks(in range: ClosedRange<Timestamp>) -> [Block] {
        guard let range = shown(range) else { return [] }
        return blocks.filter { $0.summary.overlaps(range) }
    }
}

extension ReadView {
    /// What is missing in the view, because its blocks could not be opened: each with its cause and the times it may
    /// have. Reads with limits name what they leave out (`ReadLimits.leaveOut(_:)`), other reads pass over it, so who
    /// reads without limits should look here.
    public var missing: [MissingData] { content.missing }
}

extension ClosedRange<Timestamp> {
    /// Both ends in milliseconds.
    var milliseconds: ClosedRange<Int64> { lowerBound.milliseconds...upperBound.milliseconds }
}

extension BlockSummary {
    /// Whether any sample may be in `range`.
    func overlaps(_ range: ClosedRange<Timestamp>) -> Bool {
        minTime <= range.upperBound.milliseconds && maxTime >= range.lowerBound.milliseconds
    }
}
