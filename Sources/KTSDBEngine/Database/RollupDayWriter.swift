internal import KTSDBModel
internal import Synchronization

/// Computes the points of one rule that are in one day, and writes them into blocks.
struct RollupDayWriter: ~Copyable {
    private let source: RollupSource
    private let entry: RollupRuleSet.Entry
    private let grid: RollupGrid
    /// The rules with the same interval that come before this one: their series are theirs.
    private let before: [RollupRule]
    private let through: UInt64
    private let records: [DeletionRecord]
    /// The database of rollups.
    private let database: Database
    /// Its blocks.
    private let known: [Block]
    private let seriesLimit: Int
    private let lastSequence: UInt64
    /// The files of blocks that are of no use, because what leads to their samples is damaged.
    private let limits: DamageTolerance
    private var writer: BlockWriter?
    private var seriesInBlock = 0
    private var columns = SampleColumns(), fresh = SampleColumns(), scratch = SampleColumns()
    private(set) var written: [BlockSummary] = []
    private(set) var report = RollupReport()

    init(
        _ source: RollupSource, _ entry: RollupRuleSet.Entry, of rules: RollupRuleSet, _ progress: RollupProgress,
        to database: Database, lastSequence: UInt64, seriesLimit: Int, leftOut: Set<String>
    ) {
        limits = DamageTolerance(leftOut)
        self.source = source
        self.entry = entry
        self.database = database
        known = database.commit.withLock { $0.blocks }
        self.seriesLimit = seriesLimit
        self.lastSequence = lastSequence
        grid = entry.grid
        before = rules.entries.prefix { $0.identity != entry.identity }.map(\.rule).filter {
            $0.interval == entry.rule.interval
        }
        through = progress.through
        records = source.newRecords(progress)
    }

    /// Writes the points of a day into synced files whose names are durable. If it throws, no file is left.
    mutating func write(day: Int64, _ mayContinue: () -> Bool) throws(RollupFailure) -> [BlockSummary] {
        do throws(RollupFailure) {
            try writePoints(day: day, mayContinue)
            try finishBlock()
            guard !written.isEmpty else { return [] }
            do throws(FileError) {
                try database.files.syncDirectory(FileName.directory(database.path, .blocks))
            } catch { throw .file(error) }
        } catch {
            writer = nil
            for block in written { database.removeBlockFile(block.number) }
            throw error
        }
        return written
    }

    private mutating func writePoints(day: Int64, _ mayContinue: () -> Bool) throws(RollupFailure) {
        let (firstTime, overflow) = day.multipliedReportingOverflow(by: RollupSource.day)
        guard !overflow else { return }
        let first = grid.end(of: firstTime)
        let (lastTime, isLate) = firstTime.addingReportingOverflow(RollupSource.day - 1)
        let last = isLate ? Int64.max - Int64.max % grid.interval : lastTime - Self.remainder(lastTime, grid.interval)
        guard first <= last else { return }
        let times = grid.start(of: first)...last
        let blocks = source.blocks.filter { $0.span.overlaps(times) }
        guard !blocks.isEmpty else { return }
        let head = database.head
        let content = ViewContent(
            head: head, sequence: .max, blocks: blocks, generations: [],
            sideData: head.sideData.withLock { ($0.exemplars.pages, $0.metadata.entries, $0.records) })
        let range = Timestamp(milliseconds: times.lowerBound)...Timestamp(milliseconds: last)
        for (place, matchers) in entry.rule.matchers.enumerated() {
            let selection = try Self.reading { () throws(ReadError) in
                try Selection(matchers, in: range, of: content, limits: limits)
            }
            for position in 0..<selection.count {
                guard mayContinue() else { throw .cancelled }
                let labels = try Self.reading { () throws(ReadError) in try selection.labels(at: position) }
                if isOwn(labels, afterList: place) { try add(position, labels, of: selection, first...last) }
            }
        }
    }

    private static func reading<Value>(_ body: () throws(ReadError) -> Value) throws(RollupFailure) -> Value {
        do throws(ReadError) { return try body() } catch { throw .read(error) }
    }

    private static func remainder(_ time: Int64, _ interval: Int64) -> Int64 {
        let remainder = time % interval
        return remainder < 0 ? remainder + interval : remainder
    }

    /// Whether the series is rolled up by this rule, and was not found by an earlier list of its matchers.
    private func isOwn(_ labels: Labels, afterList place: Int) -> Bool {
        guard labels.valueRange(of: RollupLabel.name) == nil else { return false }
        for matchers in entry.rule.matchers[..<place] where matchers.allSatisfy({ $0.matches(labels) }) { return false }
        return !before.contains { $0.matches(labels) }
    }

    /// Adds the points of a series that have changed.
    private mutating func add(
        _ position: Int, _ labels: Labels, of selection: Selection, _ ends: ClosedRange<Int64>
    ) throws(RollupFailure) {
        let blocks = selection.content.blocks, through = through
        limits.forget()
        do throws(ReadError) {
            try selection.decode(position, in: selection.range, into: &fresh) { part in
                blocks[Int(part.block)].summary.lastSequence > through
            }
        } catch { throw .read(error) }
        var changed: Set<Int64> = []
        for row in 0..<fresh.times.count { changed.insert(grid.end(of: fresh.times[row])) }
        let touched = records.filter { record in
            record.lists.contains { matchers in matchers.allSatisfy { $0.matches(labels) } }
        }.map { grid.ends(of: $0.range) }.filter { $0.overlaps(ends) }.map { $0.clamped(to: ends) }
        guard !changed.isEmpty || !touched.isEmpty else { return }
        let lowest = min(changed.min() ?? .max, touched.map(\.lowerBound).min() ?? .max)
        let highest = max(changed.max() ?? .min, touched.map(\.upperBound).max() ?? .min)
        let range = max(grid.start(of: lowest), selection.range.lowerBound)...min(highest, selection.range.upperBound)
        do throws(ReadError) { try selection.decode(position, in: range, into: &columns) { _ in true } } catch {
            throw .read(error)
        }
        let since = source.completeSince(labels), own = grid
        // What is damaged leaves points as they are: they may have been made when it was whole.
        let missing = source.missing + limits.ranges
        func isWanted(_ end: Int64) -> Bool {
            own.start(of: end) >= since
                && !missing.contains { $0.overlaps(own.start(of: end)...end) }
                && (changed.contains(end) || touched.contains { $0.contains(end) })
        }
        var fold = SeriesFold(own)
        fold.add(columns, where: isWanted)
        report.samples += fold.sampleCount
        var hasPoints = false
        for column in entry.columns {
            let stored = labels.setting(RollupLabel.name, to: RollupLabel.value(grid.interval, column))
            // Points that have lost their value, such as the sum of whole numbers when another one came, are taken
            // back.
            let known = knownEnds(of: stored, in: lowest...highest) ?? Self.all(changed, touched, grid)
            fold.list(column, takingBack: known.filter(isWanted), into: &scratch)
            guard scratch.times.count > 0 else { continue }
            do throws(FileError) { try write(stored) } catch { throw .file(error) }
            hasPoints = true
        }
        seriesInBlock += hasPoints ? 1 : 0
        if seriesInBlock >= seriesLimit { try finishBlock() }
    }

    /// Returns the ends of the intervals for which a series of the rollup database has points, ascending; nil if they
    /// cannot be read.
    private func knownEnds(of labels: Labels, in range: ClosedRange<Int64>) -> [Int64]? {
        var ends: Set<Int64> = [], columns = SampleColumns()
        let fingerprint = labels.fingerprint
        do throws(ReadError) {
            for block in known where block.span.overlaps(range) {
                var series = try block.firstSeries(notBelow: fingerprint)
                while series < block.seriesCount, try block.fingerprint(of: series) == fingerprint {
                    if try block.labels(of: series) == labels {
                        try block.decode(series, in: range, into: &columns)
                        for row in 0..<columns.times.count { ends.insert(columns.times[row]) }
                    }
                    series += 1
                }
            }
        } catch { return nil }
        return ends.sorted()
    }

    /// Returns the ends of all intervals that have changed, or that deletions touch, ascending.
    private static func all(_ changed: Set<Int64>, _ touched: [ClosedRange<Int64>], _ grid: RollupGrid) -> [Int64] {
        var ends = changed
        for range in touched {
            for end in stride(from: range.lowerBound, through: range.upperBound, by: Int(grid.interval)) {
                ends.insert(end)
            }
        }
        return ends.sorted()
    }

    /// Writes what is in ``scratch`` as points of a series of the rollup database.
    private mutating func write(_ labels: Labels) throws(FileError) {
        if writer == nil {
            let number = database.blockNumbers.next()
            writer = try BlockWriter(
                fileSystem: database.files, path: FileName.path(database.path, .block, number), number: number,
                lastSequence: lastSequence, level: 0, replaces: true)
        }
        report.points += scratch.times.count
        let rows = 0..<scratch.times.count
        try writer!.add(labels, fingerprint: labels.fingerprint, scratch, rows: rows)
    }

    private mutating func finishBlock() throws(RollupFailure) {
        seriesInBlock = 0
        guard let open = writer.take() else { return }
        do throws(FileError) { written.append(try open.finish()) } catch { throw .file(error) }
        report.blocks += 1
    }
}

/// Lets a round continue without raw samples that are damaged: nobody can read them any more.
private final class DamageTolerance: ReadLimits {
    private let leftOut: Set<String>

    /// The times of what was left out.
    private let found = Mutex<[ClosedRange<Int64>]>([])

    init(_ leftOut: Set<String>) { self.leftOut = leftOut }

    var ranges: [ClosedRange<Int64>] { found.withLock { $0 } }

    func forget() { found.withLock { $0 = [] } }

    func leavesOut(file path: String) -> Bool { leftOut.contains(path) }
    func check() throws(ReadError) {}
    func reserve(bytes count: Int) throws(ReadError) {}
    func release(bytes count: Int) {}
    func leaveOut(_ missing: MissingData) throws(ReadError) {
        // What cannot be read for another reason may be readable in a minute.
        guard case .damaged = missing.cause else { throw missing.cause }
        found.withLock { $0.append(missing.range.milliseconds) }
    }
}
