internal import KTSDBModel
internal import Synchronization

/// The end of one head generation: everything up to commit `through`, on its way into blocks.
///
/// There are three steps: write the blocks, publish them with one edit of the MANIFEST, open them. Each can fail and is
/// tried again from there. Until the edit is durable, head and log hold what the blocks hold.
struct Seal {
    let generation: HeadGeneration
    /// The last commit in the head generation.
    let through: UInt64
    /// The times of its samples.
    let times: ClosedRange<Int64>
    /// The newest time that was ever appended up to `through`.
    let newest: Int64
    /// Exemplars and metadata as they were when the line was drawn.
    let sideData: SideDataCopy
    /// The blocks, once they are written and synced.
    var written: [BlockSummary]?
    /// Exemplars whose series is in none of these blocks.
    var leftExemplars: Set<Int> = []
}

/// Writes a frozen head generation into one block for each aligned window that it touches, and into a second one if
/// samples of the window replace what earlier blocks have.
///
/// Late samples may touch any number of windows. A block that is being written has a file and buffers, so at most
/// ``windowLimit`` windows are written at once; for more, the samples are decoded again.
struct SealWriter: ~Copyable {
    /// Which block a sample goes to.
    private struct Destination: Hashable, Comparable {
        var window: Int64
        var replaces: Bool

        static func < (left: Destination, right: Destination) -> Bool {
            left.window == right.window ? !left.replaces && right.replaces : left.window < right.window
        }
    }

    /// How many windows are written at once.
    static let windowLimit = 64

    private final class OpenBlock {
        let number: UInt64
        var writer: BlockWriter?
        init(_ number: UInt64, _ writer: consuming BlockWriter) {
            self.number = number
            self.writer = consume writer
        }
    }

    private let files: any FileSystem
    private let path: String
    private let through: UInt64
    private let after: UInt64
    private let numbers: BlockNumbers
    private var blocks: [Destination: OpenBlock] = [:]
    /// The numbers of all blocks, if they are written in several rounds.
    private var planned: [Destination: UInt64] = [:]
    /// The windows that are written in this round.
    private var windows = Int64.min...Int64.max
    private let sideData: SideDataCopy
    private let account: MemoryAccount?
    /// Exemplars that are to go into blocks, by slot; those that are left at the end have no series in any block.
    private(set) var exemplars: [UInt32: [Int]]

    init(
        files: any FileSystem, path: String, after: UInt64, through: UInt64, numbers: BlockNumbers,
        sideData: SideDataCopy = SideDataCopy(), account: MemoryAccount? = nil
    ) {
        self.account = account
        self.files = files
        self.path = path
        self.after = after
        self.through = through
        self.numbers = numbers
        self.sideData = sideData
        exemplars = sideData.exemplars.unsealed
    }

    /// Writes all samples of `generation`, whose times are in `times`, into synced files whose names are durable.
    mutating func write(
        _ generation: HeadGeneration, of head: Head, times: ClosedRange<Int64>
    ) throws(SealError) -> [BlockSummary] {
        var written: [BlockSummary] = []
        do throws(SealError) {
            let span = Self.window(of: times.lowerBound)...Self.window(of: times.upperBound)
            if span.upperBound - span.lowerBound < Int64(Self.windowLimit) {
                try writeRound(generation, of: head, isLast: true, &written)
            } else {
                try writeRounds(generation, of: head, &written)
            }
            do throws(FileError) { try files.syncDirectory(FileName.directory(path, .blocks)) } catch {
                throw .file(error)
            }
        } catch {
            for block in written { try? files.remove(FileName.path(path, .block, block.number)) }
            throw error
        }
        return written
    }

    /// Writes some windows at a time, the earliest first.
    private mutating func writeRounds(
        _ generation: HeadGeneration, of head: Head, _ written: inout [BlockSummary]
    ) throws(SealError) {
        var found: Set<Destination> = []
        try forEachSeries(of: generation) { _, series throws(SealError) in
            for window in Self.windows(of: series.columns) {
                found.insert(Destination(window: window, replaces: false))
            }
            for window in Self.windows(of: series.replacing) {
                found.insert(Destination(window: window, replaces: true))
            }
        }
        for destination in found.sorted() { planned[destination] = numbers.next() }
        let all = Set(found.map(\.window)).sorted()
        for first in stride(from: 0, to: all.count, by: Self.windowLimit) {
            let last = min(first + Self.windowLimit, all.count) - 1
            windows = all[first]...all[last]
            try writeRound(generation, of: head, isLast: last == all.count - 1, &written)
        }
    }

    /// Writes the samples in `windows`, series by series in the order of their slots, so that the series of one target
    /// are together, and finishes the blocks.
    private mutating func writeRound(
        _ generation: HeadGeneration, of head: Head, isLast: Bool, _ written: inout [BlockSummary]
    ) throws(SealError) {
        try forEachSeries(of: generation) { writer, series throws(SealError) in
            let slot = series.slot
            let (labels, fingerprint) = head.series.withLock { ($0.labels(of: slot), $0.fingerprint(of: slot)) }
            // Chunks may come from a file whose checksum matched by chance.
            guard Self.areAscending(series.columns.times.span), Self.areAscending(series.replacing.times.span) else {
                throw .read(.damaged(path: "memory", detail: "the times of series \(labels) do not ascend"))
            }
            do throws(FileError) {
                try writer.add(labels, fingerprint, series.columns, replaces: false)
                try writer.add(labels, fingerprint, series.replacing, replaces: true)
                if !writer.exemplars.isEmpty {
                    try writer.addExemplars(series, labels, fingerprint)
                    if isLast { writer.exemplars[slot] = nil }
                }
            } catch { throw .file(error) }
        }
        do throws(FileError) { try finish(nextSeriesID: head.seriesNumberLimit, &written) } catch {
            throw .file(error)
        }
    }

    /// A series of the generation.
    private struct SealedSeries: ~Copyable {
        var slot: UInt32 = 0
        var number: UInt64 = 0
        var columns = SampleColumns()
        /// The samples that replace others.
        var replacing = SampleColumns()
    }

    /// Decodes the series of a generation, one after the other.
    private mutating func forEachSeries(
        of generation: HeadGeneration, _ body: (inout SealWriter, borrowing SealedSeries) throws(SealError) -> Void
    ) throws(SealError) {
        var decoded = SealedSeries()
        for (index, slab) in generation.frozenSlabs {
            account?.set(bufferedByteCount)
            for place in SlabPlace.all {
                let series = slab.series[place.index]
                guard series.sampleCount > 0 || slab.late.has(place) else { continue }
                decoded.columns.removeAll()
                decoded.replacing.removeAll()
                (decoded.slot, decoded.number) = (UInt32(index << Slab.capacityBits + place.index), series.number)
                var copy = ChunkCopy()
                copy.take(series, slab.closed, slab.pages, visible: series.sampleCount, range: .min ... .max)
                copy.details = slab.details[place]
                copy.late = slab.late.samples(of: place, in: .min ... .max, visible: slab.late.count)
                do throws(ReadError) {
                    try copy.decode(into: &decoded.columns, replacing: &decoded.replacing)
                } catch { throw .read(error) }
                decoded.columns.fillStartTimes()
                decoded.replacing.fillStartTimes()
                try body(&self, decoded)
            }
        }
    }

    /// The bytes in memory, about.
    private var bufferedByteCount: Int { blocks.values.reduce(0) { $0 + ($1.writer?.bufferedByteCount ?? 0) } }

    private mutating func add(
        _ labels: Labels, _ fingerprint: UInt64, _ columns: borrowing SampleColumns, replaces: Bool
    ) throws(FileError) {
        var first = 0
        while first < columns.times.count {
            let window = Self.window(of: columns.times[first])
            var end = first + 1
            while end < columns.times.count, Self.window(of: columns.times[end]) == window { end += 1 }
            let rows = first..<end
            first = end
            guard windows.contains(window) else { continue }
            let block = try block(Destination(window: window, replaces: replaces))
            try block.writer!.add(labels, fingerprint: fingerprint, columns, rows: rows)
        }
    }

    private mutating func block(_ destination: Destination) throws(FileError) -> OpenBlock {
        if let block = blocks[destination] { return block }
        let number = planned[destination] ?? numbers.next()
        let block = OpenBlock(
            number,
            try BlockWriter(
                fileSystem: files, path: FileName.path(path, .block, number), number: number, lastSequence: through,
                level: 0, replaces: destination.replaces))
        blocks[destination] = block
        return block
    }

    /// Puts the exemplars of a series into the blocks that have its samples: each into a block of its own window, or of
    /// the next later one that exists, or into the last.
    private mutating func addExemplars(
        _ series: borrowing SealedSeries, _ labels: Labels, _ fingerprint: UInt64
    ) throws(FileError) {
        guard let positions = exemplars[series.slot] else { return }
        let number = series.number
        let pages = sideData.exemplars.pages
        var rest = StoredExemplar.thinned(
            positions.filter { pages[$0].number == number }.map { position in
                StoredExemplar(
                    time: pages[position].time, value: pages[position].value, labels: Array(pages.labels(at: position)))
            })[...]
        let plain = Self.windows(of: series.columns)
        let all = Set(plain + Self.windows(of: series.replacing)).sorted()
        for (index, window) in all.enumerated() {
            let isLast = index == all.count - 1
            let taken = rest.prefix { isLast || Self.window(of: $0.time) <= window }
            rest = rest.dropFirst(taken.count)
            guard !taken.isEmpty, windows.contains(window) else { continue }
            let block = try block(Destination(window: window, replaces: !plain.contains(window)))
            try block.writer!.add(Array(taken), of: labels, fingerprint: fingerprint)
        }
    }

    /// The windows of samples, ascending.
    private static func windows(of columns: borrowing SampleColumns) -> [Int64] {
        var windows: [Int64] = []
        for row in 0..<columns.times.count {
            let window = Self.window(of: columns.times[row])
            if windows.last != window { windows.append(window) }
        }
        return windows
    }

    private static func areAscending(_ times: Span<Int64>) -> Bool {
        var isAscending = true
        for index in 1..<max(1, times.count) where times[index - 1] >= times[index] { isAscending = false }
        return isAscending
    }

    private static func window(of time: Int64) -> Int64 {
        TimeWindow.number(of: time, length: TimeWindow.blockMilliseconds)
    }

    /// Finishes the blocks of a round.
    private mutating func finish(nextSeriesID: UInt64, _ written: inout [BlockSummary]) throws(FileError) {
        let all = planned.isEmpty ? blocks.values.map(\.number) : Array(planned.values)
        let origin = BlockOrigin(.seal(after: after, blocks: all.sorted()), nextSeriesID: nextSeriesID)
        for destination in blocks.keys.sorted() {
            account?.set(bufferedByteCount + (blocks[destination]!.writer?.indexByteCount ?? 0))
            var writer = blocks[destination]!.writer.take()!
            writer.metadata = sideData.metadata
            writer.origin = origin
            written.append(try writer.finish())
        }
        blocks.removeAll()
    }
}

/// Hands out the numbers of new blocks, for the seal and for a compaction that may run at the same time. A number that
/// no block gets in the end is used again after the next opening.
final class BlockNumbers: Sendable {
    private let last: Atomic<UInt64>

    init(next: UInt64) { last = Atomic(next - 1) }

    func next() -> UInt64 { last.wrappingAdd(1, ordering: .relaxed).newValue }
}

/// Why a seal could not be completed; it is tried again.
enum SealError: Error, CustomStringConvertible {
    case file(FileError)
    case read(ReadError)
    case manifest(ManifestError)
    case log(LogError)

    var description: String {
        switch self {
        case .file(let error): error.description
        case .read(let error): error.description
        case .manifest(let error): error.description
        case .log(let error): error.description
        }
    }
}
