/// One of the MANIFEST's two files, from the writer's side: edits are appended to it, or it is rewritten.
struct ManifestFile: ~Copyable, Sendable {
    private let fileSystem: any FileSystem
    private let directory: String
    private let name: String
    /// The open file; nil when the file on the disk must not be appended to: then it is rewritten.
    private var file: (any WritableFile)?
    /// The number of bytes that count; a failed write may have left more after them.
    private(set) var byteCount: UInt64 = 0
    /// The number of its last edit.
    private(set) var number: UInt64 = 0

    init(_ fileSystem: any FileSystem, _ directory: String, _ name: String) {
        self.fileSystem = fileSystem
        self.directory = directory
        self.name = name
    }

    var path: String { "\(directory)/\(name)" }

    /// Whether edits can be appended.
    var isOpen: Bool { file != nil }

    /// Makes sure that the name still leads to the file that edits are appended to, if there is one.
    borrowing func checkName() throws(FileError) {
        guard let file else { return }
        try WatchedName(path, file.identity()).check(in: fileSystem)
    }

    /// Opens the file that `image` was read from for appending, cuts off what does not count, and makes durable what
    /// was read, including its name.
    mutating func takeOver(_ image: ManifestImage) throws(FileError) {
        try removeTemporary()
        let file = try fileSystem.openForAppending(path)
        if file.byteCount > UInt64(image.end) { try file.truncate(to: UInt64(image.end)) }
        try file.sync()
        try fileSystem.syncDirectory(directory)
        self.file = file
        byteCount = UInt64(image.end)
        number = image.number
    }

    /// Appends the edit with the next number, and syncs it.
    ///
    /// - Precondition: The file is open.
    /// - Throws: ``ManifestFailure``. Then the file takes no more edits, unless it is as it was before.
    mutating func append(_ edit: ManifestEdit, databaseID: UInt64) throws(ManifestFailure) {
        var buffer = FieldBuffer()
        ManifestFormat.append(edit, number: number + 1, databaseID: databaseID, to: &buffer)
        do throws(FileError) { try file!.writeAll(buffer.bytes) } catch {
            throw cutBack() ? .unchanged(error.at(path)) : .undecided(error.at(path))
        }
        do throws(FileError) { try file!.sync() } catch {
            giveUp()
            throw .undecided(error)
        }
        byteCount += UInt64(buffer.count)
        number += 1
        appendMark(databaseID)
    }

    /// Records that the last edit was synced. If that fails, the edit counts all the same.
    private mutating func appendMark(_ databaseID: UInt64) {
        var buffer = FieldBuffer()
        ManifestFormat.append(nil, number: number, databaseID: databaseID, to: &buffer)
        if (try? file!.writeAll(buffer.bytes)) != nil {
            byteCount += UInt64(buffer.count)
        } else {
            _ = cutBack()
        }
    }

    /// Undoes a write that failed; if even that fails, the file takes no more edits.
    private mutating func cutBack() -> Bool {
        if (try? file!.truncate(to: byteCount)) != nil { return true }
        giveUp()
        return false
    }

    /// Closes the file on the disk: nothing more is appended to it.
    mutating func giveUp() {
        file?.close()
        file = nil
    }

    /// Writes a state, as an edit of this number, to a new file, syncs it, and gives it the name; the directory is not
    /// synced yet. On failure the file is as it was.
    mutating func writeAnew(_ state: ManifestState, number: UInt64) throws(FileError) {
        try removeTemporary()
        let temporary = "\(directory)/\(FileName.temporary(name))"
        var buffer = FieldBuffer()
        ManifestFormat.appendHeader(databaseID: state.databaseID, to: &buffer)
        ManifestFormat.append(state.asEdit, number: number, databaseID: state.databaseID, to: &buffer)
        ManifestFormat.append(nil, number: number, databaseID: state.databaseID, to: &buffer)
        let fresh = try fileSystem.create(temporary)
        do throws(FileError) {
            try fresh.writeAll(buffer.bytes)
            try fresh.sync()
            try fileSystem.rename(temporary, to: path)
        } catch {
            fresh.close()
            try? fileSystem.remove(temporary)
            throw error.path.isEmpty ? error.at(temporary) : error
        }
        file?.close()
        file = fresh
        byteCount = UInt64(buffer.count)
        self.number = number
    }

    func removeTemporary() throws(FileError) {
        let temporary = "\(directory)/\(FileName.temporary(name))"
        if try fileSystem.exists(temporary) { try fileSystem.remove(temporary) }
    }
}

/// What a failed append has left.
enum ManifestFailure: Error {
    /// The file is as it was.
    case unchanged(FileError)
    /// The edit may or may not be on the disk, and the file takes no more edits.
    case undecided(FileError)

    var error: FileError {
        switch self {
        case .unchanged(let error), .undecided(let error): error
        }
    }
}
