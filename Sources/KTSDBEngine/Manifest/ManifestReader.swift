/// Reads the MANIFEST of a database that another process has open, without changing anything: first as a whole, later
/// what was appended to it.
///
/// An unfinished entry at the end may be one that is being written: it does not count yet. A file that was replaced is
/// read as a whole, at most 64 KiB or four times what its state needs.
struct ManifestReader {
    private let fileSystem: any FileSystem
    private let directory: String
    /// The contents of `MANIFEST`, and which file it was; nil if the next reading has to be of the whole.
    private var image: ManifestImage?
    private var identity: FileIdentity?
    /// The checksum at the end of what was read.
    private var lastChecksum: UInt32?
    /// The state after the last edit.
    private(set) var state: ManifestState
    /// The number of the last edit.
    private(set) var number: UInt64

    /// Reads the MANIFEST in `directory`.
    init(_ fileSystem: any FileSystem, _ directory: String) throws(ManifestError) {
        self.fileSystem = fileSystem
        self.directory = directory
        state = ManifestState(databaseID: 0)
        number = 0
        try readAll()
    }

    private var path: String { "\(directory)/\(FileName.manifest)" }

    /// Reads what has changed.
    ///
    /// - Returns: Whether there are other edits than before.
    /// - Throws: ``ManifestError``; the state is as it was then.
    mutating func read() throws(ManifestError) -> Bool {
        let (oldState, oldNumber) = (state, number)
        if try !extend() { try readAll() }
        return number != oldNumber || state != oldState
    }

    /// Reads what was appended; false if the whole file has to be read.
    private mutating func extend() throws(ManifestError) -> Bool {
        guard var known = image, let identity else { return false }
        do throws(FileError) {
            guard try fileSystem.identity(of: path) == identity, try fileSystem.exists(path) else { return false }
            let file = try fileSystem.open(path)
            guard file.byteCount >= UInt64(known.end) else { return false }
            // The last checksum that was read shows whether the entries before it are the same.
            var rest = FieldBuffer()
            try rest.append(file, from: known.end - 4, byteCount: Int(clamping: file.byteCount) - known.end + 4)
            var cursor = FieldCursor(0..<rest.count)
            guard cursor.littleEndian(UInt32.self, in: rest.bytes) == lastChecksum,
                known.extend(rest.bytes.extracting(droppingFirst: 4), path: path)
            else { return false }
            cursor = FieldCursor((rest.count - 4)..<rest.count)
            lastChecksum = cursor.littleEndian(UInt32.self, in: rest.bytes)
        } catch { throw ManifestError(error) }
        image = known
        (state, number) = (known.state, known.number)
        return true
    }

    private mutating func readAll() throws(ManifestError) {
        image = nil
        let pair: ManifestPair
        do throws(FileError) {
            identity = try fileSystem.identity(of: path)
            pair = ManifestPair(
                file: try FoundManifest(fileSystem, directory, FileName.manifest),
                copy: try FoundManifest(fileSystem, directory, FileName.manifestCopy))
            // If it was replaced meanwhile, what was read is of one of the two.
            if try fileSystem.identity(of: path) != identity { identity = nil }
        } catch { throw ManifestError(error) }
        _ = try pair.report(in: directory)
        guard let chosen = pair.chosen else { throw pair.failure(in: directory) }
        (state, number) = (chosen.state, chosen.number)
        guard identity != nil, let file = pair.file.usable, file.number == chosen.number else { return }
        var bytes = FieldBuffer()
        do throws(FileError) {
            try bytes.append(try fileSystem.open(path), from: file.end - 4, byteCount: 4)
        } catch { throw ManifestError(error) }
        var cursor = FieldCursor(0..<bytes.count)
        lastChecksum = cursor.littleEndian(UInt32.self, in: bytes.bytes)
        image = file
    }
}
