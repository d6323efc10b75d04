internal import KTSDBModel

/// Exemplars of one series that are next to each other on a page of a block, and what the directory says of them.
struct ExemplarRun {
    var series: UInt32
    var position: ColumnEntry.Position
    var byteCount: Int
    var count: Int
    var first: Int64, last: Int64

    /// A run ends when it has at least this many bytes, so that it fits on a page whatever its last exemplar is.
    private static let byteTarget = 3000

    /// Appends the exemplars of one run to an empty buffer and returns how many there are.
    static func encode(_ exemplars: ArraySlice<StoredExemplar>, into buffer: inout FieldBuffer) -> Int {
        var previous: Int64 = 0, count = 0, shared = AffixCoder()
        for exemplar in exemplars where buffer.count < byteTarget {
            buffer.append(zigzag: exemplar.time &- previous)
            buffer.append(coded: exemplar.value)
            shared.append(exemplar.labels, to: &buffer)
            previous = exemplar.time
            count += 1
        }
        return count
    }

    /// Reads the exemplars of a run from its page; nil if the bytes are not what the directory says.
    func decode(_ bytes: RawSpan) -> [StoredExemplar]? {
        guard position.offset <= bytes.byteCount, byteCount <= bytes.byteCount - position.offset else { return nil }
        var cursor = FieldCursor(position.offset..<(position.offset + byteCount))
        var exemplars: [StoredExemplar] = [], time: Int64 = 0, shared = AffixCoder()
        for _ in 0..<count {
            guard let step = cursor.zigzag(in: bytes), let value = cursor.coded(in: bytes),
                let labels = ExemplarCoding.labels(&cursor, &shared, in: bytes)
            else { return nil }
            time &+= step
            guard exemplars.last.map({ $0.time < time }) ?? (time == first) else { return nil }
            exemplars.append(StoredExemplar(time: time, value: value, labels: labels))
        }
        return cursor.remaining == 0 && time == last ? exemplars : nil
    }
}

/// The directory of a block's exemplars while the block is written. Two hashes identify a series until it has a number.
struct ExemplarRunTable {
    private struct Entry {
        var fingerprint: UInt64, key: UInt64
        var run: ExemplarRun
    }

    private var entries: [Entry] = []

    var isEmpty: Bool { entries.isEmpty }
    /// The bytes of memory it takes.
    var byteCount: Int { entries.count * MemoryLayout<Entry>.stride }

    mutating func append(_ run: ExemplarRun, of labels: Labels, fingerprint: UInt64) {
        entries.append(Entry(fingerprint: fingerprint, key: JoinKeys.key(of: labels), run: run))
    }

    /// Appends the section: runs by series, then by time. `number` finds a series by fingerprint and key; the runs of a
    /// series that it does not find are left out.
    func encode(into buffer: inout FieldBuffer, number: (_ fingerprint: UInt64, _ key: UInt64) -> UInt32?) {
        guard !entries.isEmpty else { return }
        var runs: [ExemplarRun] = []
        for entry in entries {
            guard let series = number(entry.fingerprint, entry.key) else { continue }
            var run = entry.run
            run.series = series
            runs.append(run)
        }
        guard !runs.isEmpty else { return }
        runs.sort { ($0.series, $0.first) < ($1.series, $1.first) }
        var series: UInt32 = 0, first: Int64 = 0
        buffer.append(zigzag: runs.map(\.first).min()!)
        buffer.append(zigzag: runs.map(\.last).max()!)
        buffer.append(varint: UInt64(runs.count))
        for run in runs {
            buffer.append(varint: UInt64(run.series - series))
            buffer.append(varint: run.position.word)
            buffer.append(varint: UInt64(run.byteCount))
            buffer.append(varint: UInt64(run.count))
            buffer.append(zigzag: run.first &- first)
            buffer.append(varint: UInt64(bitPattern: run.last &- run.first))
            (series, first) = (run.series, run.first)
        }
    }
}
