internal import KTSDBModel

/// The files in which an import keeps its samples until all are there: sorted by series and time, each in the form of a
/// block.
///
/// ``width`` files of one size are merged into one of the next size, so that there are never more than ``width`` of a
/// size, and a sample is written once for each size. Of two samples of a series at one time, that in the file with the
/// lower last commit counts, as in blocks; here commits are counted from 1 for each file.
struct ImportParts {
    /// How many files of one size are merged into one.
    static let width = 16

    let target: ImportFiles
    /// Whether the later of two samples at one time counts, in the import and where it meets what is stored.
    let replaces: Bool
    private let sliceRows: Int
    private let account: MemoryAccount
    private let isStopping: () -> Bool
    /// By size, and within a size in the order of their samples.
    private var sizes: [[BlockSummary]] = []
    private var nextSequence: UInt64 = 1

    init(
        _ target: ImportFiles, replaces: Bool, sliceRows: Int, account: MemoryAccount,
        isStopping: @escaping () -> Bool
    ) {
        self.target = target
        self.replaces = replaces
        self.sliceRows = sliceRows
        self.account = account
        self.isStopping = isStopping
    }

    /// All files.
    var all: [BlockSummary] { Array(sizes.joined()) }

    /// Begins a file for the samples that come next.
    mutating func begin() throws(FileError) -> BlockWriter {
        try target.prepare()
        defer { nextSequence += 1 }
        return try target.partWriter(lastSequence: nextSequence, replaces: replaces)
    }

    /// Keeps a file that is complete.
    mutating func note(_ part: BlockSummary) {
        if sizes.isEmpty { sizes.append([]) }
        sizes[0].append(part)
    }

    /// Merges the files of each size that has ``width`` of them.
    mutating func mergeSome() throws(ImportError) {
        var size = 0
        while size < sizes.count, sizes[size].count >= Self.width {
            let merged = try merge(sizes[size])
            let inputs = sizes[size]
            sizes[size] = []
            if size + 1 == sizes.count { sizes.append([]) }
            sizes[size + 1].append(merged)
            target.remove(inputs)
            size += 1
        }
    }

    private func merge(_ inputs: [BlockSummary]) throws(ImportError) -> BlockSummary {
        defer { account.set(0) }
        let blocks = try open(inputs)
        var writer: BlockWriter
        do throws(FileError) {
            writer = try target.partWriter(lastSequence: inputs.last!.lastSequence, replaces: replaces)
        } catch { throw ImportError(error) }
        var merger = BlockMerger(blocks, sliceRows: sliceRows, account: account)
        do throws(CompactionFailure) {
            try merger.write(to: &writer) { _, _ in !isStopping() }
        } catch { throw ImportError(error) }
        do throws(FileError) { return try writer.finish() } catch { throw ImportError(error) }
    }

    /// Opens files of the import.
    func open(_ parts: [BlockSummary]) throws(ImportError) -> [Block] {
        var blocks: [Block] = []
        do throws(ReadError) {
            for part in parts { blocks.append(try target.open(part)) }
        } catch { throw .failed(error.description) }
        return blocks
    }

    /// Removes all files.
    func remove() { target.remove(all) }
}
