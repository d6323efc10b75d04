internal import CLibrary
package import KTSDBModel

/// Why a compaction could not be completed. The inputs are unchanged, and nothing of the result is kept.
package enum CompactionFailure: Error, CustomStringConvertible {
    /// A block that was to be compacted cannot be read.
    case input(UInt64, ReadError)
    /// The result could not be written.
    case output(FileError)
    /// The result was written but cannot be read.
    case result(ReadError)
    /// The result could not be published.
    case manifest(ManifestError)
    /// The disk has no room for the result.
    case noRoom(path: String, needed: UInt64, free: UInt64)
    /// The database is being closed.
    case cancelled

    package var description: String {
        switch self {
        case .input(_, let error): "\(error) The block is not compacted until the database is opened again."
        case .output(let error): "\(error). Nothing was changed; it is tried again."
        case .result(let error): "\(error) This compacted block was not used. Nothing was changed; it is tried again."
        case .manifest(let error): error.description
        case .noRoom(let path, let needed, let free):
            "\(path): a compaction needs \(needed) bytes on the disk, and \(free) are free. Nothing was changed; "
                + "it is tried again."
        case .cancelled: "The database is being closed."
        }
    }

    /// Whether the disk had no room.
    var isDiskFull: Bool {
        switch self {
        case .output(let error): error.code == ENOSPC || error.code == EDQUOT
        case .manifest(.diskFull), .noRoom: true
        default: false
        }
    }
}

/// Writes the samples of several blocks into one, series by series in a ``MergeOrder``.
///
/// ``SampleMerge`` decides between samples at the same time of the same series, as it does for queries. Memory holds
/// the order, what ``BlockWriter`` keeps of each series, and the samples of one series; of a long series, one slice at
/// a time.
package struct BlockMerger: ~Copyable {
    /// Where a part of a series is.
    private struct Part {
        var input: Int
        var series: UInt32
    }

    /// Series of more rows are merged in slices of about this many: 4 MiB of times and values.
    package static let sliceRows = 1 << 18

    /// Returns how many bytes a compaction of inputs with this many series takes at most, about: what is kept of each
    /// series, one slice of samples, and the lists that the index is made from.
    static func byteCount(ofSeries count: Int) -> Int { count * 64 + (24 << 20) }

    /// The inputs, ascending by their first sample, as in read views, with everything that is stored.
    private let inputs: [Block]
    /// What is left out of each.
    private let masks: [BlockMask?]
    /// Samples after this time are left out.
    private let latest: Int64
    /// Samples outside of these times are not read.
    private let range: ClosedRange<Int64>
    private let sliceRows: Int
    /// Notes what is left out because it is damaged; nil to fail instead.
    private let leavingOut: (any ReadLimits)?
    private var columns = SampleColumns()
    private var runs: [(first: Int64, rows: Int)] = []
    /// How many samples were read from each input.
    private var readCounts: [UInt64]
    /// How many samples were read from all inputs.
    var samplesRead: UInt64 { readCounts.reduce(0, +) }
    private let hasExemplars: Bool
    /// The directory of each input's exemplars: 56 bytes for each run of about fifty.
    private var exemplarRuns: [[ExemplarRun]] = []
    /// The most bytes that samples and the order of series took at once.
    package private(set) var peakByteCount = 0
    private var orderByteCount = 0
    private let account: MemoryAccount?

    /// Merges everything up to `latest`, and in `range`, that is stored in the inputs, also what is hidden there,
    /// except what is `leftOut`. `account` counts the buffers.
    package init(
        _ inputs: [Block], through latest: Int64 = .max, in range: ClosedRange<Int64> = .min ... .max,
        without leftOut: LeftOut = LeftOut(), sliceRows: Int = BlockMerger.sliceRows,
        leavingOut: (any ReadLimits)? = nil,
        account: MemoryAccount? = nil
    ) {
        self.account = account
        self.latest = latest
        self.range = range
        let sorted = inputs.sorted { $0.summary.minTime < $1.summary.minTime }
        self.inputs = sorted.map { $0.mask == nil ? $0 : $0.masked(by: nil) }
        masks = sorted.map { $0.mask?.limited(to: leftOut.contains) }
        self.sliceRows = sliceRows
        self.leavingOut = leavingOut
        readCounts = Array(repeating: 0, count: inputs.count)
        hasExemplars = inputs.contains { $0.hasExemplars }
    }

    /// Passes all series to the writer. `progress` gets the number of series written so far and that of all series, and
    /// returns whether to continue.
    package mutating func write(
        to writer: inout BlockWriter, progress: (_ done: Int, _ total: Int) -> Bool
    ) throws(CompactionFailure) {
        let order = try MergeOrder(inputs, isTolerant: leavingOut != nil)
        (orderByteCount, peakByteCount) = (order.byteCount, order.peakByteCount)
        account?.set(orderByteCount)
        if hasExemplars { try readExemplarRuns() }
        for (done, item) in order.items.enumerated() {
            guard progress(done, order.items.count) else { throw .cancelled }
            for (labels, fingerprint, parts) in try series(of: item) {
                let isKept = try merge(parts, labels, fingerprint, &writer)
                if hasExemplars, isKept { try mergeExemplars(parts, labels, fingerprint, &writer) }
            }
        }
        try mergeMetadata(into: &writer)
        guard leavingOut == nil, range == .min ... .max else { return }
        for (input, count) in zip(inputs, readCounts) where count != input.summary.sampleCount {
            throw .input(
                input.summary.number,
                input.file.damaged("its series have \(count) samples instead of \(input.summary.sampleCount)"))
        }
    }

    // MARK: Finding

    /// Returns the series with the fingerprint of `item`: nearly always one, but label bytes decide.
    private func series(
        of item: MergeOrder.Item
    ) throws(CompactionFailure) -> [(labels: Labels, fingerprint: UInt64, parts: [Part])] {
        let lead = inputs[Int(item.input)]
        let fingerprint = try reading(lead) { block throws(ReadError) in try block.fingerprint(of: item.series) }
        var entries: [(labels: Labels, part: Part)] = []
        for (index, input) in inputs.enumerated() {
            var series = try reading(input) { block throws(ReadError) in
                try block.firstSeries(notBelow: fingerprint)
            }
            while true {
                do throws(CompactionFailure) {
                    guard let labels = try labels(of: series, fingerprint, in: input) else { break }
                    entries.append((labels, Part(input: index, series: series)))
                } catch {
                    guard case .input(_, let cause) = error, leavesOut(cause, of: input) else { throw error }
                    // Without labels, the series cannot be stored. If its fingerprint is damaged, so are those next to
                    // it.
                    guard (try? input.fingerprint(of: series)) == fingerprint else { break }
                }
                series += 1
            }
        }
        if entries.contains(where: { $0.labels != entries[0].labels }) {
            // Several series share the fingerprint; the parts of each stay in the order of the inputs.
            entries.sort {
                guard $0.labels != $1.labels else { return $0.part.input < $1.part.input }
                return ByteOrder.precedes($0.labels.bytes, $1.labels.bytes)
            }
        }
        var found: [(labels: Labels, fingerprint: UInt64, parts: [Part])] = []
        for (labels, part) in entries {
            if found.last?.labels == labels {
                found[found.count - 1].parts.append(part)
            } else {
                found.append((labels, fingerprint, [part]))
            }
        }
        return found
    }

    /// Returns whether a damaged part may be left out, and notes it.
    private func leavesOut(_ error: ReadError, of block: Block) -> Bool {
        guard let leavingOut, error.isDamage else { return false }
        do throws(ReadError) {
            try leavingOut.leaveOut(MissingData(error, block.times, isWholeFile: false))
            return true
        } catch { return false }
    }

    /// Returns the labels of a series if it has the fingerprint; otherwise nil.
    private func labels(
        of series: UInt32, _ fingerprint: UInt64, in block: Block
    ) throws(CompactionFailure) -> Labels? {
        try reading(block) { block throws(ReadError) in
            guard series < block.seriesCount, try block.fingerprint(of: series) == fingerprint else { return nil }
            let labels = try block.labels(of: series)
            guard !labels.isEmpty, Labels.isWellFormed(stringForm: labels.stringForm.span) else {
                throw block.section(.series).damaged("the labels of series \(series) are not well-formed")
            }
            return labels
        }
    }

    private func reading<Value>(
        _ block: Block, _ body: (Block) throws(ReadError) -> Value
    ) throws(CompactionFailure) -> Value {
        do throws(ReadError) { return try body(block) } catch { throw .input(block.summary.number, error) }
    }

    // MARK: Merging

    /// Writes a series. Returns false if all of its samples are left out.
    private mutating func merge(
        _ parts: [Part], _ labels: Labels, _ fingerprint: UInt64, _ writer: inout BlockWriter
    ) throws(CompactionFailure) -> Bool {
        runs.removeAll(keepingCapacity: true)
        for part in parts {
            let block = inputs[part.input], before = runs.count
            do throws(ReadError) {
                try block.appendRuns(of: part.series, to: &runs)
                guard runs.count > before else {
                    throw block.section(.series).damaged("series \(part.series) has no columns")
                }
            } catch  where leavesOut(error, of: block) {} catch { throw .input(block.summary.number, error) }
        }
        let rows = runs.reduce(0) { $0 + $1.rows }
        guard rows > sliceRows else {
            try decode(parts, in: range)
            notePeak(writer)
            guard columns.times.count > 0 else { return false }
            do throws(FileError) {
                try writer.add(labels, fingerprint: fingerprint, columns, rows: 0..<columns.times.count)
            } catch { throw .output(error) }
            return true
        }
        var hasBegun = false
        for slice in slices() where slice.overlaps(range) {
            try decode(parts, in: slice.clamped(to: range))
            guard columns.times.count > 0 else { continue }
            // The sample before may come from another part.
            columns.forgetNoReset(inRow: 0)
            notePeak(writer)
            do throws(FileError) {
                if !hasBegun { try writer.begin(labels, fingerprint: fingerprint) }
                hasBegun = true
                try writer.append(columns, rows: 0..<columns.times.count)
            } catch { throw .output(error) }
        }
        if hasBegun { writer.endSeries() }
        return hasBegun
    }

    private mutating func readExemplarRuns() throws(CompactionFailure) {
        for input in inputs {
            do throws(ReadError) {
                exemplarRuns.append(try input.exemplarRuns(in: .min ... .max) ?? [])
            } catch  where leavesOut(error, of: input) { exemplarRuns.append([]) } catch {
                throw .input(input.summary.number, error)
            }
        }
        orderByteCount += exemplarRuns.reduce(0) { $0 + $1.count * MemoryLayout<ExemplarRun>.stride }
    }

    /// Merges the exemplars of all parts, again at most one per minute.
    private func mergeExemplars(
        _ parts: [Part], _ labels: Labels, _ fingerprint: UInt64, _ writer: inout BlockWriter
    ) throws(CompactionFailure) {
        var exemplars: [StoredExemplar] = []
        for part in parts {
            let runs = exemplarRuns[part.input], hidden = masks[part.input]?.ranges(of: part.series)
            let block = inputs[part.input]
            do throws(ReadError) {
                exemplars += try block.exemplars(of: part.series, runs).filter { hidden?.contains($0.time) != true }
            } catch  where leavesOut(error, of: block) {} catch { throw .input(block.summary.number, error) }
        }
        exemplars.removeAll { $0.time > latest }
        guard !exemplars.isEmpty else { return }
        do throws(FileError) {
            try writer.add(StoredExemplar.thinned(exemplars), of: labels, fingerprint: fingerprint)
        } catch { throw .output(error) }
    }

    /// Merges the metadata. Of two entries for a name, that of the newer block counts.
    private func mergeMetadata(into writer: inout BlockWriter) throws(CompactionFailure) {
        for input in inputs.sorted(by: { $0.summary.lastSequence < $1.summary.lastSequence }) {
            do throws(ReadError) {
                writer.metadata.merge(try input.metadata()) { $1 }
            } catch  where leavesOut(error, of: input) {} catch { throw .input(input.summary.number, error) }
        }
    }

    /// Decodes the samples of all parts in `range` into `columns`, in order.
    private mutating func decode(_ parts: [Part], in range: ClosedRange<Int64>) throws(CompactionFailure) {
        columns.removeAll()
        var merge = SampleMerge()
        for part in parts {
            let block = inputs[part.input], before = columns.times.count
            do throws(ReadError) {
                try block.decode(part.series, in: range, into: &columns, limits: leavingOut)
                guard Self.areAscending(columns.times.span.extracting(before..<columns.times.count)) else {
                    throw block.file.damaged("the times of series \(part.series) do not ascend")
                }
            } catch  where leavesOut(error, of: block) { columns.truncate(to: before) } catch {
                throw .input(block.summary.number, error)
            }
            readCounts[part.input] += UInt64(columns.times.count - before)
            if let hidden = masks[part.input]?.ranges(of: part.series) { columns.drop(hidden.ranges, from: before) }
            merge.note(from: before, rank: block.summary.rank, columns)
            if before > 0 { columns.forgetNoReset(inRow: before) }
        }
        columns.fillStartTimes()
        merge.finish(&columns)
        if latest < .max { columns.clip(to: .min...latest, from: 0) }
    }

    /// Returns ranges of time that have about `sliceRows` rows each and together cover all of time.
    private mutating func slices() -> [ClosedRange<Int64>] {
        runs.sort { $0.first < $1.first }
        var slices: [ClosedRange<Int64>] = []
        var start = Int64.min, rows = 0
        for run in runs {
            if rows >= sliceRows, run.first > start {
                slices.append(start...(run.first - 1))
                (start, rows) = (run.first, 0)
            }
            rows += run.rows
        }
        return slices + [start...(.max)]
    }

    private mutating func notePeak(_ writer: borrowing BlockWriter) {
        let now =
            columns.times.count * 16 + columns.histograms.values.reduce(0) { $0 + $1.byteCount } + orderByteCount
            + writer.bufferedByteCount
        account?.set(now)
        peakByteCount = max(peakByteCount, now)
    }

    private static func areAscending(_ times: Span<Int64>) -> Bool {
        var isAscending = true
        for row in 1..<max(1, times.count) where times[row - 1] >= times[row] { isAscending = false }
        return isAscending
    }
}
