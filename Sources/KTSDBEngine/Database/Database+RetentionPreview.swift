public import KTSDBModel
internal import Synchronization

extension Database {
    /// Returns what limits would remove of what is in blocks now, if the clock is right: for each rule, and for the
    /// limit of size after that. Changes nothing.
    ///
    /// What is in memory is not counted; it is removed after it was sealed. The call looks up the matchers of all rules
    /// in all blocks, and counts the samples of each series that loses some, at about a microsecond each. Appends and
    /// queries continue meanwhile.
    /// - Parameters:
    ///   - limits: The limits to try; nil for those in force.
    ///   - readLimits: What ends the call early, and the memory that it may take: about 24 bytes for each series of
    ///     each class, and as much again for those that lose samples.
    /// - Returns: What would go, class by class.
    /// - Throws: ``RetentionPreviewError`` if the size of the disk is needed and unknown, or if `readLimits` end the
    ///   call.
    public func retentionPreview(
        _ limits: RetentionLimits? = nil, readLimits: (any ReadLimits)? = nil
    ) throws(RetentionPreviewError) -> RetentionPreview {
        let limits = limits ?? retentionLimits, policy = RetentionPolicy(limits)
        let view = readView(), blocks = view.content.blocks
        defer { withExtendedLifetime(view) {} }
        let known = manifest.state.blocks
        let newest = max(newestTime.load(ordering: .relaxed), known.map(\.maxTime).max() ?? .min)
        let now = min(configuration.wallClock(), newest), horizons = policy.limits(at: now)
        var preview = RetentionPreview()
        preview.isPaused = retention.pausedByClockJump != nil
        for (index, keep) in policy.keeps.enumerated() {
            var part = RetentionPreview.Class()
            part.name = index < limits.rules.all.count ? limits.rules.all[index].name : nil
            part.keep = keep.map { .milliseconds($0) }
            part.horizon = keep == nil || newest == .min ? nil : Timestamp(milliseconds: horizons[index])
            preview.classes.append(part)
        }
        let open = Set(blocks.map(\.summary.number))
        preview.unread = known.map(\.number).filter { !open.contains($0) }
        var left: [BlockSummary] = known.filter { !open.contains($0.number) }
        var count = ExpiryCount(horizons: horizons, rules: limits.rules.all.map(\.matchers), readLimits)
        for block in blocks {
            do throws(ReadError) {
                if let rest = try count.add(block, to: &preview) { left.append(rest) }
            } catch {
                // What ends the call says nothing about the block.
                guard error.isDamage else { throw RetentionPreviewError(description: "\(error)", cause: error) }
                preview.unread.append(block.summary.number)
                left.append(block.summary)
            }
        }
        count.finish(&preview)
        try addSize(limits, left, &preview)
        return preview
    }

    private func addSize(
        _ limits: RetentionLimits, _ left: [BlockSummary], _ preview: inout RetentionPreview
    ) throws(RetentionPreviewError) {
        let use = storageUse
        preview.usedBytes = use.total
        do throws(FileError) { preview.byteLimit = try byteLimit(limits) } catch {
            throw RetentionPreviewError(description: "The size of the disk is unknown: \(error)")
        }
        guard let limit = preview.byteLimit else { return }
        let stock = SizeRetention.Stock(blocks: left, otherBytes: use.total - use.blocks)
        let gone = Set(SizeRetention.decide(stock, limit: limit).removals)
        for block in left where gone.contains(block.number) {
            preview.size.series += Int(clamping: block.seriesCount)
            preview.size.add(samples: block.sampleCount, bytes: block.byteCount, times: block.minTime...block.maxTime)
        }
    }
}

/// Why a preview could not be made. Nothing was changed.
public struct RetentionPreviewError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What happened.
    public let description: String
    /// The limit that ended the call; nil if something else went wrong.
    package var cause: ReadError?
}

/// Counts what is too old in blocks, by class of series.
private struct ExpiryCount {
    let horizons: [Int64]
    let rules: [[[LabelMatcher]]]
    /// The fingerprints of the series of each class, and of those that lose samples.
    private var known: [Set<UInt64>], losing: [Set<UInt64>]
    private let limits: (any ReadLimits)?
    private let reservation: ReadReservation
    /// About what a set takes for one fingerprint.
    private static let fingerprintBytes = 24

    init(horizons: [Int64], rules: [[[LabelMatcher]]], _ limits: (any ReadLimits)?) {
        self.limits = limits
        reservation = ReadReservation(limits)
        self.horizons = horizons
        self.rules = rules
        known = Array(repeating: [], count: horizons.count)
        losing = known
    }

    /// Adds what would go of a block. Returns the block with what would be left; nil if that is nothing.
    mutating func add(_ block: Block, to preview: inout RetentionPreview) throws(ReadError) -> BlockSummary? {
        let classes = try BlockClasses(of: block, rules: rules, limits: limits)
        var pace = Pace(limits)
        var left = block.summary, samples: [UInt64] = [], numbers: [[UInt32]] = []
        // Nothing is added before all of the block has been read.
        for (index, set) in classes.sets.enumerated() {
            var count: UInt64 = 0, own: [UInt32] = []
            if let set, horizons[index] > block.summary.minTime {
                for series in 0..<UInt32(block.seriesCount) where set.contains(series) {
                    try pace.step(32)
                    let found = try block.sampleCount(of: series, in: .min...(horizons[index] - 1))
                    guard found > 0 else { continue }
                    count += UInt64(found)
                    own.append(series)
                }
            }
            samples.append(count)
            numbers.append(own)
        }
        let fingerprints = try block.fingerprints(of: Array(0..<UInt32(block.seriesCount)))
        for (index, set) in classes.sets.enumerated() {
            guard let set else { continue }
            for series in 0..<block.seriesCount where set.contains(UInt32(series)) {
                try pace.step(2)
                try Self.insert(fingerprints[series], into: &known[index], reservation)
            }
            guard samples[index] > 0 else { continue }
            for series in numbers[index] {
                try pace.step(2)
                try Self.insert(fingerprints[Int(series)], into: &losing[index], reservation)
            }
            let total = max(1, block.summary.sampleCount)
            let bytes = UInt64(Double(block.summary.byteCount) * Double(samples[index]) / Double(total))
            let last = min(horizons[index] - 1, block.summary.maxTime)
            preview.classes[index].loss.add(samples: samples[index], bytes: bytes, times: block.summary.minTime...last)
            left.byteCount -= min(bytes, left.byteCount)
            left.sampleCount -= min(samples[index], left.sampleCount)
        }
        return left.sampleCount > 0 ? left : nil
    }

    private static func insert(
        _ fingerprint: UInt64, into set: inout Set<UInt64>, _ reservation: ReadReservation
    ) throws(ReadError) {
        if set.insert(fingerprint).inserted { try reservation.grow(bytes: fingerprintBytes) }
    }

    func finish(_ preview: inout RetentionPreview) {
        for index in horizons.indices {
            preview.classes[index].series = known[index].count
            preview.classes[index].loss.series = losing[index].count
        }
    }
}
