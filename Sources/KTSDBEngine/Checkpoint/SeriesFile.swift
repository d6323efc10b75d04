internal import KTSDBModel
internal import Synchronization

/// A file of series up to the end of the last checkpoint that uses it, and which part of the head it holds: the next
/// checkpoint that uses the file appends what has been added since.
struct SeriesFile: Sendable {
    var number: UInt64
    var byteCount: UInt64
    var checksum: UInt32
    /// The number of series in it and the bytes of its symbols, including dead ones.
    var seriesCount: Int, symbolByteCount: Int
    /// The journals' positions up to which it holds everything.
    var symbols: Int, shapes: Int, slots: Int
}

/// Writes what a file of series lacks, or a new file. It takes small copies under the lock of the series table and does
/// everything else without the lock.
struct SeriesFileWriter {
    private let output: CheckpointOutput
    private var file: SeriesFile
    private var pending: UnwrittenSeries

    /// Begins a new file with all series in it.
    init(
        creating number: UInt64, of head: Head, databaseID: UInt64, directory: String, _ files: any FileSystem
    ) throws(FileError) {
        output = try CheckpointOutput(creating: FileName.path(directory, .series, number), files)
        file = SeriesFile(
            number: number, byteCount: 0, checksum: 0, seriesCount: 0, symbolByteCount: 0, symbols: 0, shapes: 0,
            slots: 0)
        pending = head.series.withLock { $0.everything }
        var header = SeriesFileHeader()
        (header.databaseID, header.number) = (databaseID, number)
        try output.append { header.encode(into: &$0) }
        try output.endPiece()
    }

    /// Continues a file that an earlier checkpoint has used.
    init(
        continuing file: SeriesFile, of head: Head, directory: String, _ files: any FileSystem
    ) throws(FileError) {
        output = try CheckpointOutput(
            continuing: FileName.path(directory, .series, file.number), at: file.byteCount,
            checksum: file.checksum, files)
        self.file = file
        pending = head.series.withLock { $0.additions(to: file) }
    }

    /// Writes everything that is pending and returns what the file holds then.
    mutating func write(from head: Head) throws(FileError) -> SeriesFile {
        let end = pending
        file.symbols = end.journalEnd.symbols
        file.shapes = end.journalEnd.shapes
        file.slots = end.journalEnd.slots
        while !pending.isEmpty {
            let selection = pending
            let extent = head.series.withLock { $0.copy(selection) }
            pending.drop(extent)
            guard !extent.isEmpty else { continue }
            file.seriesCount += extent.seriesCount
            file.symbolByteCount += extent.symbolBytes.count
            try output.append { extent.encode(into: &$0) }
            try output.endPiece()
        }
        try output.finish()
        file.byteCount = output.byteCount
        file.checksum = output.checksum
        return file
    }

}

/// The part of the series table that is still to be written: positions in its journals, or ids and slots themselves.
struct UnwrittenSeries {
    /// Whether everything is written: then the ranges are of ids and slots.
    var isEverything: Bool
    var symbols: Range<Int>, shapes: Range<Int>, slots: Range<Int>
    /// Where the journals ended when the selection was made.
    var journalEnd: (symbols: Int, shapes: Int, slots: Int)

    var isEmpty: Bool { symbols.isEmpty && shapes.isEmpty && slots.isEmpty }

    /// Removes what a piece holds.
    mutating func drop(_ extent: borrowing SeriesExtent) {
        symbols = (symbols.lowerBound + extent.symbolsTaken)..<symbols.upperBound
        shapes = (shapes.lowerBound + extent.shapesTaken)..<shapes.upperBound
        slots = (slots.lowerBound + extent.slotsTaken)..<slots.upperBound
    }
}

extension SeriesTable {
    /// The most entries that are copied under one lock, and the number of bytes of symbols after which a copy ends.
    private static var pieceCount: Int { 1024 }
    private static var pieceByteCount: Int { 1 << 16 }

    private var journalEnd: (symbols: Int, shapes: Int, slots: Int) {
        (symbols.journal.end, shapes.journal.end, journal.end)
    }

    /// All series, with their symbols and shapes.
    var everything: UnwrittenSeries {
        UnwrittenSeries(
            isEverything: true, symbols: 0..<symbols.idLimit, shapes: 0..<shapes.idLimit, slots: 0..<slotLimit,
            journalEnd: journalEnd)
    }

    /// Returns what has been added since `file` was written.
    func additions(to file: SeriesFile) -> UnwrittenSeries {
        let end = journalEnd
        return UnwrittenSeries(
            isEverything: false, symbols: file.symbols..<end.symbols, shapes: file.shapes..<end.shapes,
            slots: file.slots..<end.slots, journalEnd: end)
    }

    /// Copies the first piece of a selection: symbols, then shapes, then series, because series refer to shapes and
    /// both to symbols.
    func copy(_ selection: UnwrittenSeries) -> SeriesExtent {
        var extent = SeriesExtent()
        for index in selection.symbols.prefix(Self.pieceCount) {
            guard extent.symbolBytes.count < Self.pieceByteCount else { break }
            extent.symbolsTaken += 1
            let id = selection.isEverything ? UInt32(index) : symbols.journal[index]
            guard symbols.isLive(id) else { continue }
            extent.symbolIDs.append(littleEndian: id)
            extent.symbolLengths.append(littleEndian: UInt32(symbols.bytes(of: id).count))
            extent.symbolBytes.append(symbols.bytes(of: id).rawBytes)
        }
        guard extent.symbolsTaken == selection.symbols.count else { return extent }
        for index in selection.shapes.prefix(Self.pieceCount) {
            extent.shapesTaken += 1
            let id = selection.isEverything ? UInt32(index) : shapes.journal[index]
            let names = shapes.names[Int(id)]
            guard !names.isEmpty else { continue }
            extent.shapeCount += 1
            extent.shapes.append(littleEndian: id)
            extent.shapes.append(littleEndian: UInt32(names.count))
            for name in names { extent.shapes.append(littleEndian: name) }
        }
        guard extent.shapesTaken == selection.shapes.count else { return extent }
        for index in selection.slots.prefix(Self.pieceCount) {
            extent.slotsTaken += 1
            let slot = selection.isEverything ? UInt32(index) : journal[index]
            guard number(of: slot) != 0 else { continue }
            extent.slots.append(littleEndian: slot)
            extent.numbers.append(littleEndian: numbers[Int(slot)])
            extent.fingerprints.append(littleEndian: fingerprints[Int(slot)])
            let record = Int(records[Int(slot)])
            for word in record...(record + names(of: slot).count) { extent.records.append(littleEndian: words[word]) }
        }
        return extent
    }

    /// Keeps the journals from now on, for files that are not known yet.
    mutating func startJournals() {
        symbols.journal.isKept = true
        shapes.journal.isKept = true
        journal.isKept = true
    }

    /// Forgets the part of the journals that all of `files` hold.
    mutating func forgetJournals(heldBy files: [SeriesFile]) {
        let end = journalEnd
        symbols.journal.forget(before: files.map(\.symbols).min() ?? end.symbols)
        shapes.journal.forget(before: files.map(\.shapes).min() ?? end.shapes)
        journal.forget(before: files.map(\.slots).min() ?? end.slots)
    }
}
