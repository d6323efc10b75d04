internal import Glibc
internal import Synchronization

/// The file that says what a database consists of: which blocks there are, and through which commit everything is in
/// them. What it does not name does not exist.
///
/// Edits are appended and synced one by one; when the file has grown much beyond what its state needs, it is written
/// anew under another name and renamed. Behind each synced edit stands a mark, so that an edit that is damaged later is
/// not taken for one that was never finished.
package final class Manifest: Sendable {
    /// What opening found beside the state.
    package struct Report: Hashable, Sendable {
        /// Whether there was no database in the directory before.
        package var isNew = false
        /// The bytes of a last edit that was never finished and was cut off.
        package var cutByteCount = 0
    }

    private struct Contents: ~Copyable, Sendable {
        var state: ManifestState
        /// Nil when the file on the disk is not to be appended to: then it is written anew.
        var file: (any WritableFile)?
        /// The bytes that count; more may stand behind them after a failed write.
        var byteCount: UInt64 = 0
        /// The number of the next edit.
        var nextNumber: UInt64 = 1
    }

    private let fileSystem: any FileSystem
    private let directory: String
    private let rewriteByteCount: UInt64
    /// What opening found.
    package let report: Report
    private let contents: Mutex<Contents>

    private init(
        _ fileSystem: any FileSystem, _ directory: String, _ rewriteByteCount: UInt64, _ report: Report,
        _ contents: consuming Contents
    ) {
        self.fileSystem = fileSystem
        self.directory = directory
        self.rewriteByteCount = rewriteByteCount
        self.report = report
        self.contents = Mutex(contents)
    }

    /// The database's state after the last edit.
    package var state: ManifestState { contents.withLock { $0.state } }

    private var path: String { "\(directory)/\(ManifestFormat.fileName)" }

    /// Makes sure that the file has not been removed or replaced by someone else. Does not wait for an edit that is under
    /// way, which notices by itself.
    func checkName() throws(FileError) {
        let result = contents.withLockIfAvailable { contents -> Result<Void, FileError> in
            guard let file = contents.file else { return .success(()) }
            do throws(FileError) {
                try WatchedName(path, file.identity()).check(in: fileSystem)
                return .success(())
            } catch { return .failure(error) }
        }
        try result?.get()
    }

    // MARK: Opening

    /// Opens the MANIFEST in `directory`, or begins a new database there if the directory is missing or has no data.
    ///
    /// - Parameters:
    ///   - fileSystem: Where the directory is.
    ///   - directory: The data directory.
    ///   - databaseID: The number of a new database; random when nil.
    ///   - rewriteByteCount: The length below which the file is never written anew.
    /// - Returns: The open MANIFEST. Its ``report`` says what was found.
    /// - Throws: ``ManifestError``; nothing was changed then.
    package static func open(
        fileSystem: any FileSystem, directory: String, databaseID: UInt64? = nil, rewriteByteCount: UInt64 = 64 << 10
    ) throws(ManifestError) -> Manifest {
        let path = "\(directory)/\(ManifestFormat.fileName)"
        let bytes: [UInt8]?
        do throws(FileError) {
            try fileSystem.createDirectory(directory)
            bytes = try fileSystem.exists(path) ? fileSystem.open(path).readAll() : nil
            if bytes == nil, try hasData(fileSystem, directory) { throw FileError(path, "open", ENOENT) }
        } catch {
            if error.path == path, error.code == ENOENT { throw .missing(path: path) }
            throw ManifestError(error)
        }
        guard let bytes else {
            let state = ManifestState(databaseID: databaseID ?? UInt64.random(in: 1...(.max)))
            let manifest = Manifest(
                fileSystem, directory, rewriteByteCount, Report(isNew: true), Contents(state: state))
            try manifest.create()
            return manifest
        }
        let found = try Found(bytes, path: path)
        var report = Report()
        report.cutByteCount = bytes.count - found.end
        let contents = Contents(state: found.state, byteCount: UInt64(found.end), nextNumber: found.nextNumber)
        let manifest = Manifest(fileSystem, directory, rewriteByteCount, report, contents)
        try manifest.takeOver()
        return manifest
    }

    /// Whether the directory has something that only an existing database has.
    private static func hasData(_ fileSystem: any FileSystem, _ directory: String) throws(FileError) -> Bool {
        for name in ["wal", "blocks", "checkpoints"] {
            let path = "\(directory)/\(name)"
            if try fileSystem.exists(path), try !fileSystem.list(path).isEmpty { return true }
        }
        return false
    }

    /// What the bytes of a MANIFEST say.
    private struct Found {
        var state: ManifestState
        var nextNumber: UInt64 = 1
        /// Where the last whole record ends.
        var end = ManifestFormat.headerByteCount

        init(_ array: [UInt8], path: String) throws(ManifestError) {
            let bytes = unsafe array.span.bytes
            state = ManifestState(databaseID: try Self.readHeader(bytes, path))
            let seed = ManifestFormat.seed(databaseID: state.databaseID)
            while end < bytes.byteCount {
                switch ManifestFormat.readRecord(bytes, at: end, seed: seed) {
                case .malformed:
                    throw .damaged(path: path, offset: UInt64(end), reason: "the edit has an unknown form")
                case .invalid:
                    // The first edit was complete before the file got its name.
                    guard nextNumber > 1 else {
                        throw .damaged(path: path, offset: UInt64(end), reason: "an edit has a wrong checksum")
                    }
                    guard let next = Self.firstRecord(bytes, from: end + 1, seed: seed) else { return }
                    // A mark is not synced on its own: a power cut may lose it and keep the edit behind it. Nothing else
                    // can be missing before the edit that comes next.
                    guard case .record(let record) = next.found, record.edit != nil, record.number == nextNumber else {
                        throw .damaged(path: path, offset: UInt64(end), reason: "an edit has a wrong checksum")
                    }
                    end = next.offset
                case .record(let record):
                    try apply(record, path)
                    end = record.bytes.upperBound
                }
            }
            guard nextNumber > 1 else {
                throw .damaged(path: path, offset: UInt64(end), reason: "the file has no edit")
            }
        }

        private static func readHeader(_ bytes: RawSpan, _ path: String) throws(ManifestError) -> UInt64 {
            var cursor = FieldCursor(0..<bytes.byteCount)
            guard let magic = cursor.littleEndian(UInt32.self, in: bytes), magic == ManifestFormat.magic,
                let version = cursor.littleEndian(UInt32.self, in: bytes),
                let databaseID = cursor.littleEndian(UInt64.self, in: bytes),
                let checksum = cursor.littleEndian(UInt32.self, in: bytes),
                checksum == bytes.extracting(first: ManifestFormat.headerByteCount - 4).crc32c()
            else { throw .damaged(path: path, offset: 0, reason: "the file's beginning has a wrong checksum") }
            guard version == ManifestFormat.version else { throw .unsupportedVersion(path: path, found: version) }
            return databaseID
        }

        private mutating func apply(_ record: ManifestFormat.Record, _ path: String) throws(ManifestError) {
            // A mark repeats the number of the edit before it.
            guard let edit = record.edit else {
                guard record.number + 1 == nextNumber else {
                    throw .damaged(path: path, offset: UInt64(end), reason: "a mark is out of place")
                }
                return
            }
            // A file that was written anew begins with a later number.
            guard record.number == nextNumber || end == ManifestFormat.headerByteCount else {
                throw .damaged(path: path, offset: UInt64(end), reason: "edits before this one are missing")
            }
            guard let next = state.applying(edit) else {
                throw .damaged(path: path, offset: UInt64(end), reason: "the edit does not fit those before it")
            }
            state = next
            nextNumber = record.number + 1
        }

        /// The first record, of a known form or not, that stands anywhere behind.
        private static func firstRecord(
            _ bytes: RawSpan, from start: Int, seed: UInt32
        ) -> (offset: Int, found: ManifestFormat.Reading)? {
            guard start <= bytes.byteCount - ManifestFormat.recordOverhead else { return nil }
            for offset in start...(bytes.byteCount - ManifestFormat.recordOverhead) {
                let found = ManifestFormat.readRecord(bytes, at: offset, seed: seed)
                if case .invalid = found { continue }
                return (offset, found)
            }
            return nil
        }
    }

    private func create() throws(ManifestError) {
        do throws(FileError) {
            try contents.withLock { contents throws(FileError) in
                try writeAnew(contents.state, &contents)
                try fileSystem.syncDirectory(directory)
                try fileSystem.syncDirectory(FilePath.parent(of: directory) ?? ".")
            }
        } catch { throw ManifestError(error) }
    }

    /// Opens the file for appending and cuts an unfinished edit off; makes durable what was read.
    private func takeOver() throws(ManifestError) {
        do throws(FileError) {
            try contents.withLock { contents throws(FileError) in
                try removeTemporary()
                let file = try fileSystem.openForAppending(path)
                if file.byteCount > contents.byteCount { try file.truncate(to: contents.byteCount) }
                try file.sync()
                try fileSystem.syncDirectory(directory)
                contents.file = file
            }
        } catch { throw ManifestError(error) }
    }

    // MARK: Changing

    /// Makes an edit, durably.
    ///
    /// - Precondition: The edit fits the state: blocks that it adds are new, those that it removes are there, and no
    ///   number is turned back.
    /// - Throws: ``ManifestError``; except for ``ManifestError/undecided(_:)`` nothing was changed then, and the same
    ///   edit can be tried again.
    package func commit(_ edit: ManifestEdit) throws(ManifestError) {
        guard edit != ManifestEdit() else { return }
        let result = contents.withLock { contents -> Result<Void, ManifestError> in
            do throws(ManifestError) {
                guard let next = contents.state.applying(edit) else { preconditionFailure("An edit fits the state.") }
                if contents.file != nil, hasOutgrown(contents) { try? shrink(&contents) }
                if contents.file != nil {
                    try append(edit, making: next, &contents)
                } else {
                    try replace(with: next, &contents)
                }
                return .success(())
            } catch { return .failure(error) }
        }
        try result.get()
    }

    /// Whether the file is much longer than its state needs.
    private func hasOutgrown(_ contents: borrowing Contents) -> Bool {
        guard contents.byteCount > rewriteByteCount else { return false }
        var buffer = FieldBuffer()
        ManifestFormat.append(contents.state.asEdit, number: 1, databaseID: 1, to: &buffer)
        return contents.byteCount > 4 * UInt64(buffer.count)
    }

    /// Writes the file anew without a change. Where that fails before the names have changed, the old file serves on.
    private func shrink(_ contents: inout Contents) throws(ManifestError) {
        let old = contents.file
        do throws(FileError) { try writeAnew(contents.state, &contents) } catch { throw ManifestError(error) }
        old?.close()
        // Until the new name is durable nothing may be appended: after a power cut the old file could be back.
        do throws(FileError) { try fileSystem.syncDirectory(directory) } catch {
            giveUpFile(&contents)
            throw ManifestError(error)
        }
    }

    /// Appends an edit and syncs it; after a failed sync the file is written anew with the edit.
    private func append(
        _ edit: ManifestEdit, making next: ManifestState, _ contents: inout Contents
    ) throws(ManifestError) {
        var buffer = FieldBuffer()
        ManifestFormat.append(edit, number: contents.nextNumber, databaseID: next.databaseID, to: &buffer)
        do throws(FileError) {
            try contents.file!.writeAll(buffer.bytes)
        } catch {
            guard cutBack(&contents) else { throw .undecided(error.at(path)) }
            throw ManifestError(error.at(path))
        }
        guard (try? contents.file!.sync()) != nil else {
            giveUpFile(&contents)
            return try replace(with: next, &contents)
        }
        contents.byteCount += UInt64(buffer.count)
        contents.nextNumber += 1
        contents.state = next
        appendMark(&contents)
    }

    /// Records that the last edit was synced. Where that fails the edit stands all the same.
    private func appendMark(_ contents: inout Contents) {
        var buffer = FieldBuffer()
        ManifestFormat.append(
            nil, number: contents.nextNumber - 1, databaseID: contents.state.databaseID, to: &buffer)
        if (try? contents.file!.writeAll(buffer.bytes)) != nil {
            contents.byteCount += UInt64(buffer.count)
        } else {
            _ = cutBack(&contents)
        }
    }

    /// Takes back a write that failed; where even that fails the file takes no more edits.
    private func cutBack(_ contents: inout Contents) -> Bool {
        if (try? contents.file!.truncate(to: contents.byteCount)) != nil { return true }
        giveUpFile(&contents)
        return false
    }

    private func giveUpFile(_ contents: inout Contents) {
        contents.file?.close()
        contents.file = nil
    }

    /// Writes the file anew with a new state, because the old one takes no more edits and may or may not hold one that
    /// failed: until this succeeds that stays undecided.
    private func replace(with next: ManifestState, _ contents: inout Contents) throws(ManifestError) {
        do throws(FileError) {
            try writeAnew(next, &contents)
            try fileSystem.syncDirectory(directory)
        } catch {
            giveUpFile(&contents)
            throw .undecided(error)
        }
        contents.state = next
    }

    /// Writes a state to a new file, synced, and gives it the MANIFEST's name; the directory is not synced yet. On
    /// failure the contents are as they were.
    private func writeAnew(_ state: ManifestState, _ contents: inout Contents) throws(FileError) {
        try removeTemporary()
        let temporary = "\(directory)/\(ManifestFormat.temporaryName)"
        var buffer = FieldBuffer()
        let number = contents.nextNumber
        ManifestFormat.appendHeader(databaseID: state.databaseID, to: &buffer)
        ManifestFormat.append(state.asEdit, number: number, databaseID: state.databaseID, to: &buffer)
        ManifestFormat.append(nil, number: number, databaseID: state.databaseID, to: &buffer)
        let file = try fileSystem.create(temporary)
        do throws(FileError) {
            try file.writeAll(buffer.bytes)
            try file.sync()
            try fileSystem.rename(temporary, to: path)
        } catch {
            file.close()
            try? fileSystem.remove(temporary)
            throw error.path.isEmpty ? error.at(temporary) : error
        }
        contents.file = file
        contents.byteCount = UInt64(buffer.count)
        contents.nextNumber = number + 1
    }

    private func removeTemporary() throws(FileError) {
        let temporary = "\(directory)/\(ManifestFormat.temporaryName)"
        if try fileSystem.exists(temporary) { try fileSystem.remove(temporary) }
    }
}

extension ManifestError {
    /// The error for a failed call: a full disk is a case of its own.
    init(_ error: FileError) {
        self = error.code == ENOSPC || error.code == EDQUOT ? .diskFull(path: error.path) : .failed(error)
    }
}
