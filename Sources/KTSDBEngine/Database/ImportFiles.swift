internal import KTSDBModel

/// The files of one import: those that it collects samples in, the mark that it is unfinished, and its blocks.
///
/// The mark exists before the first block does, and goes when all of them are published or gone for good. So where the
/// MANIFEST cannot be trusted, the blocks of a marked import belong to the database only if all of them are there
/// (``BlockCensus``).
struct ImportFiles: Sendable {
    let files: any FileSystem
    let path: String
    let numbers: BlockNumbers
    /// The import's number. It is random, so that no import ever gets that of an earlier one.
    let number = UInt64.random(in: 1 ..< .max)

    /// Creates the directory, if it is missing.
    func prepare() throws(FileError) {
        let directory = FileName.directory(path, .imports)
        guard try !files.exists(directory) else { return }
        try files.createDirectory(directory)
        try files.syncDirectory(path)
    }

    /// Marks the import as unfinished, durably.
    func mark() throws(FileError) {
        let file = try files.create(FileName.path(path, .importMark, number))
        defer { file.close() }
        try file.sync()
        try files.syncDirectory(FileName.directory(path, .imports))
    }

    /// Removes the mark, durably. Succeeds if it is gone already.
    static func unmark(_ number: UInt64, _ files: any FileSystem, _ path: String) throws(FileError) {
        let mark = FileName.path(path, .importMark, number)
        if try files.exists(mark) { try files.remove(mark) }
        try files.syncDirectory(FileName.directory(path, .imports))
    }

    // MARK: Parts

    /// Begins a file of samples that were collected: a block that the MANIFEST never names.
    func partWriter(lastSequence: UInt64, replaces: Bool) throws(FileError) -> BlockWriter {
        let number = numbers.next()
        return try BlockWriter(
            fileSystem: files, path: FileName.path(path, .importPart, number), number: number,
            lastSequence: lastSequence, level: 0, replaces: replaces)
    }

    func open(_ part: BlockSummary) throws(ReadError) -> Block {
        try Block.open(fileSystem: files, path: FileName.path(path, .importPart, part.number), summary: part)
    }

    /// Removes files of samples. What cannot be removed now, the next opening removes.
    func remove(_ parts: [BlockSummary]) {
        for part in parts { try? files.remove(FileName.path(path, .importPart, part.number)) }
    }

    // MARK: Blocks

    func blockWriter(
        _ block: UInt64, lastSequence: UInt64, level: UInt8, replaces: Bool
    ) throws(FileError) -> BlockWriter {
        try BlockWriter(
            fileSystem: files, path: FileName.path(path, .block, block), number: block, lastSequence: lastSequence,
            level: level, replaces: replaces, threshold: ColumnEncoder.small)
    }

    /// Removes blocks that the MANIFEST does not name, and then the mark. What cannot be removed now, the next opening
    /// removes; until the blocks are gone for good, the mark stays.
    func withdraw(_ blocks: [BlockSummary]) {
        do throws(FileError) {
            for block in blocks { try files.remove(FileName.path(path, .block, block.number)) }
            try files.syncDirectory(FileName.directory(path, .blocks))
            try Self.unmark(number, files, path)
        } catch {}
    }
}
