public import KTSDBModel

/// Samples that are being imported (``Database/importSamples(duplicates:bufferByteLimit:progress:_:)``): any number, of
/// any age, in any order.
///
/// They are collected up to a limit, then sorted by series and time and written to a file, and so on.
/// Exists only inside the closure of the call, and is used by that closure's thread alone.
public struct ImportBatch: ~Copyable {
    /// A series of the samples that are collected.
    private struct Series {
        var labels: Labels
        var fingerprint: UInt64
    }

    /// A place in the columns, with what they are sorted by.
    private struct Row: BitwiseCopyable {
        var series: UInt32
        var row: UInt32
        var time: Int64
    }

    private let limits: LabelLimits
    private let latest: Int64
    private let byteLimit: Int
    private let ledger: MemoryLedger
    private let account: MemoryAccount
    private let progress: (ImportProgress) throws -> Void
    private(set) var parts: ImportParts
    private var numbers: [Labels: UInt32] = [:]
    private var series: [Series] = []
    private var seriesByteCount = 0
    private var ids: [UInt32] = []
    private var times: [Int64] = []
    private var bits: [UInt64] = []
    private var details: [Int: LateDetails] = [:]
    private var detailsByteCount = 0
    /// At how many bytes memory is looked at next.
    private var nextLook = 0
    /// The windows of two hours that have samples.
    private(set) var windows: Set<Int64> = []
    private var lastWindow = Int64.min
    /// How many samples were taken.
    private(set) var appended = 0
    private(set) var rejections = RejectionCounts()

    private static let sampleByteCount = 20 + MemoryLayout<Row>.stride
    /// What a series takes besides its labels, about.
    private static let seriesByteCount = 200
    /// How often memory is looked at until the limit is reached.
    private static let lookCount = 16

    init(
        _ parts: ImportParts, limits: LabelLimits, latest: Int64, byteLimit: Int, ledger: MemoryLedger,
        progress: @escaping (ImportProgress) throws -> Void
    ) {
        self.parts = parts
        self.limits = limits
        self.latest = latest
        self.byteLimit = max(1 << 12, byteLimit)
        self.ledger = ledger
        self.progress = progress
        account = MemoryAccount(ledger, .imports)
    }

    /// Adds a sample. One that is invalid, or further ahead of the clock than the database allows, is counted in the
    /// report.
    /// - Throws: ``ImportError`` if the samples collected so far cannot be written; what `progress` throws.
    public mutating func append(
        _ value: Double, at timestamp: Timestamp, startedAt start: Timestamp? = nil, to labels: Labels
    ) throws {
        try append(value.bitPattern, nil, timestamp, start, labels)
    }

    /// Adds a native histogram.
    /// - Throws: ``ImportError`` if the samples collected so far cannot be written; what `progress` throws.
    public mutating func append(
        _ histogram: Histogram, at timestamp: Timestamp, startedAt start: Timestamp? = nil, to labels: Labels
    ) throws {
        guard histogram.isStorable else { return rejections.add(.invalidHistogram) }
        var stored = histogram
        stored.counterResetHint = histogram.storedHint(after: nil)
        try append(histogram.digest, stored, timestamp, start, labels)
    }

    private mutating func append(
        _ value: UInt64, _ histogram: Histogram?, _ timestamp: Timestamp, _ start: Timestamp?, _ labels: Labels
    ) throws {
        let time = timestamp.milliseconds
        guard time <= latest else { return rejections.add(.tooFarInFuture) }
        guard time > .min else { return rejections.add(.tooOld) }
        guard let number = number(of: labels) else { return }
        if histogram != nil || start != nil {
            details[ids.count] = LateDetails(histogram: histogram, start: start?.milliseconds ?? 0)
            detailsByteCount += 96 + (histogram?.byteCount ?? 0)
        }
        ids.append(number)
        times.append(time)
        bits.append(value)
        appended += 1
        let window = TimeWindow.number(of: time, length: TimeWindow.blockMilliseconds)
        if window != lastWindow || windows.isEmpty {
            windows.insert(window)
            lastWindow = window
        }
        if byteCount >= nextLook { try lookAtMemory() }
    }

    private mutating func number(of labels: Labels) -> UInt32? {
        if let known = numbers[labels] { return known }
        guard !labels.isEmpty else {
            rejections.add(.invalidLabels)
            return nil
        }
        guard limits.excess(of: labels) == nil else {
            rejections.add(.labelLimit)
            return nil
        }
        let number = UInt32(series.count)
        numbers[labels] = number
        series.append(Series(labels: labels, fingerprint: labels.fingerprint))
        seriesByteCount += Self.seriesByteCount + labels.bytes.count
        return number
    }

    // MARK: Memory

    /// The bytes that wait to be written, and those of their series.
    private var byteCount: Int { ids.count * Self.sampleByteCount + detailsByteCount + seriesByteCount }

    private mutating func count() {
        account.set(byteCount + windows.count * 16)
        nextLook = min(byteLimit, byteCount + byteLimit / Self.lookCount)
    }

    /// Writes what was collected if it takes as much as it may: less where memory is scarce.
    private mutating func lookAtMemory() throws {
        count()
        guard byteCount >= (ledger.pressure >= .hard ? byteLimit / 8 : byteLimit) else { return }
        try write()
        try progress(ImportProgress(samples: appended))
    }

    // MARK: Writing

    /// Writes what was collected into a file of its own.
    mutating func write() throws(ImportError) {
        guard !ids.isEmpty else { return }
        var order: [Row] = []
        order.reserveCapacity(ids.count)
        for row in ids.indices { order.append(Row(series: ids[row], row: UInt32(row), time: times[row])) }
        order.sort { ($0.series, $0.time, $0.row) < ($1.series, $1.time, $1.row) }
        do throws(FileError) {
            var writer = try parts.begin()
            var first = 0, columns = SampleColumns()
            while first < order.count {
                let number = Int(order[first].series)
                columns.removeAll()
                while first < order.count, Int(order[first].series) == number {
                    first = append(order, from: first, to: &columns)
                }
                columns.fillStartTimes()
                try writer.add(
                    series[number].labels, fingerprint: series[number].fingerprint, columns,
                    rows: 0..<columns.times.count)
            }
            parts.note(try writer.finish())
        } catch { throw ImportError(error) }
        ids.removeAll(keepingCapacity: true)
        times.removeAll(keepingCapacity: true)
        bits.removeAll(keepingCapacity: true)
        details.removeAll(keepingCapacity: true)
        detailsByteCount = 0
        // The files have the labels of their series, so that those of a long import need not be in memory.
        if seriesByteCount > byteLimit / 2 {
            numbers.removeAll()
            series.removeAll()
            seriesByteCount = 0
        }
        try parts.mergeSome()
        count()
    }

    /// Appends the one of the samples at one time that counts; returns where the next time begins.
    private func append(_ order: [Row], from first: Int, to columns: inout SampleColumns) -> Int {
        var end = first + 1
        while end < order.count, order[end].series == order[first].series, order[end].time == order[first].time {
            end += 1
        }
        let row = Int(order[parts.replaces ? end - 1 : first].row)
        columns.append(times[row], bits[row], details[row])
        return end
    }

    /// Gives back what the samples took that were collected.
    mutating func release() {
        (ids, times, bits, details, series, numbers) = ([], [], [], [:], [], [:])
        (detailsByteCount, seriesByteCount) = (0, 0)
        account.set(windows.count * 16)
    }
}
