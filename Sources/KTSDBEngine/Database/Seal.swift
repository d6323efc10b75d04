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
    /// Exemplars and metadata as they were when the line was drawn.
    let sideData: SideDataCopy
    /// The blocks, once they are written and synced.
    var written: [BlockSummary]?
    /// Exemplars whose series is in none of these blocks.
    var leftExemplars: Set<Int> = []
}

/// Writes a frozen head generation into one block for each aligned window that it touches.
struct SealWriter: ~Copyable {
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
    private var blocks: [Int64: OpenBlock] = [:]
    private var columns = SampleColumns()
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

    /// Writes all samples of `generation`, series by series in the order of their slots, so that the series of one
    /// target are together.
    mutating func write(_ generation: HeadGeneration, of head: Head) throws(SealError) {
        for (index, slab) in generation.frozenSlabs {
            account?.set(bufferedByteCount)
            for place in SlabPlace.all where slab.series[place.index].sampleCount > 0 {
                let slot = UInt32(index << Slab.capacityBits + place.index)
                let (labels, fingerprint) = head.series.withLock { ($0.labels(of: slot), $0.fingerprint(of: slot)) }
                columns.removeAll()
                var copy = ChunkCopy()
                copy.take(
                    slab.series[place.index], slab.closed, slab.pages, visible: slab.series[place.index].sampleCount,
                    range: .min ... .max)
                copy.details = slab.details[place]
                do throws(ReadError) { try copy.decode(into: &columns) } catch { throw .read(error) }
                columns.fillStartTimes()
                // Chunks may come from a file whose checksum matched by chance.
                guard Self.areAscending(columns.times.span) else {
                    throw .read(.damaged(path: "memory", detail: "the times of series \(labels) do not ascend"))
                }
                do throws(FileError) {
                    try add(labels, fingerprint)
                    if !exemplars.isEmpty {
                        try addExemplars(slot, slab.series[place.index].number, labels, fingerprint)
                    }
                } catch { throw .file(error) }
            }
        }
    }

    /// The bytes in memory, about.
    private var bufferedByteCount: Int {
        blocks.values.reduce(0) { $0 + ($1.writer?.bufferedByteCount ?? 0) } + columns.times.count * 16
    }

    private mutating func add(_ labels: Labels, _ fingerprint: UInt64) throws(FileError) {
        var first = 0
        while first < columns.times.count {
            let window = Self.window(of: columns.times[first])
            var end = first + 1
            while end < columns.times.count, Self.window(of: columns.times[end]) == window { end += 1 }
            if blocks[window] == nil {
                let number = numbers.next()
                blocks[window] = OpenBlock(
                    number,
                    try BlockWriter(
                        fileSystem: files, path: FileName.path(path, .block, number), number: number,
                        lastSequence: through, level: 0))
            }
            try blocks[window]!.writer!.add(
                labels, fingerprint: fingerprint, columns, rows: first..<end)
            first = end
        }
    }

    /// Puts the exemplars of a series into the blocks that have its samples: each into the block of its own window, or
    /// of the next later one that exists, or into the last.
    private mutating func addExemplars(
        _ slot: UInt32, _ number: UInt64, _ labels: Labels, _ fingerprint: UInt64
    ) throws(FileError) {
        guard let positions = exemplars.removeValue(forKey: slot) else { return }
        let pages = sideData.exemplars.pages
        var rest = StoredExemplar.thinned(
            positions.filter { pages[$0].number == number }.map { position in
                StoredExemplar(
                    time: pages[position].time, value: pages[position].value, labels: Array(pages.labels(at: position)))
            })[...]
        var windows: [Int64] = []
        for row in 0..<columns.times.count {
            let window = Self.window(of: columns.times[row])
            if windows.last != window { windows.append(window) }
        }
        for (index, window) in windows.enumerated() {
            let isLast = index == windows.count - 1
            let taken = rest.prefix { isLast || Self.window(of: $0.time) <= window }
            rest = rest.dropFirst(taken.count)
            if !taken.isEmpty {
                try blocks[window]!.writer!.add(Array(taken), of: labels, fingerprint: fingerprint)
            }
        }
    }

    private static func areAscending(_ times: Span<Int64>) -> Bool {
        var isAscending = true
        for index in 1..<max(1, times.count) where times[index - 1] >= times[index] { isAscending = false }
        return isAscending
    }

    private static func window(of time: Int64) -> Int64 {
        TimeWindow.number(of: time, length: TimeWindow.blockMilliseconds)
    }

    /// Finishes the blocks: synced files whose names are durable. `nextSeriesID` is higher than the number of any
    /// series.
    mutating func finish(nextSeriesID: UInt64) throws(SealError) -> [BlockSummary] {
        let origin = BlockOrigin(
            .seal(after: after, blocks: blocks.values.map(\.number).sorted()), nextSeriesID: nextSeriesID)
        var written: [BlockSummary] = []
        do throws(FileError) {
            for window in blocks.keys.sorted() {
                account?.set(bufferedByteCount + (blocks[window]!.writer?.indexByteCount ?? 0))
                var writer = blocks[window]!.writer.take()!
                writer.metadata = sideData.metadata
                writer.origin = origin
                written.append(try writer.finish())
            }
            try files.syncDirectory(FileName.directory(path, .blocks))
        } catch {
            for block in written { try? files.remove(FileName.path(path, .block, block.number)) }
            throw .file(error)
        }
        return written
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
