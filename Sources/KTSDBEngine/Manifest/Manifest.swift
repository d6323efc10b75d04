internal import CLibrary
internal import Synchronization

/// The list of what a database consists of: which blocks there are, and through which commit everything is in them.
///
/// Safe for use by any number of threads at once. Two files hold the same list. Edits are appended to `MANIFEST` and
/// synced, then to `MANIFEST.copy`; a file that has grown much beyond what its state needs is rewritten under another
/// name and renamed. Each synced edit is followed by a mark, so that an edit that is damaged later is not taken for one
/// that was never finished. Opening uses the file that has more edits. If the two are not as an orderly close or a
/// power cut leaves them, ``Report/isTrusted`` is false: then nothing may be removed because the MANIFEST does not name
/// it.
package final class Manifest: Sendable {
    /// What opening found, besides the state.
    package struct Report: Hashable, Sendable {
        /// Whether there was no database in the directory before.
        package var isNew = false
        /// The bytes of a last edit that was never finished and was cut off.
        package var cutByteCount = 0
        /// Whether the state is certainly the newest one, so that what it does not name is not part of the database.
        package var isTrusted = true
        /// Whether the state may lack edits that once existed: more than the one that was in progress when the power
        /// failed.
        package var isOutOfDate = false
        /// What was damaged, missing or out of date, in sentences.
        package var findings: [String] = []
    }

    struct Contents: ~Copyable, Sendable {
        var state: ManifestState
        var file: ManifestFile
        var copy: ManifestFile
        /// The number of the next edit.
        var nextNumber: UInt64 = 1
    }

    private let fileSystem: any FileSystem
    private let directory: String
    private let rewriteByteCount: UInt64
    /// What opening found.
    package let report: Report
    private let contents: Mutex<Contents>

    init(
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

    /// Takes over the state that another process has written: for a database that follows a writer.
    func follow(_ state: ManifestState) { contents.withLock { $0.state = state } }

    /// The bytes of both files. Waits for an edit that is in progress.
    var byteCount: UInt64 { contents.withLock { $0.file.byteCount + $0.copy.byteCount } }

    /// Makes sure that neither file has been removed or replaced by someone else. Does not wait for an edit that is in
    /// progress, which notices by itself.
    func checkNames() throws(FileError) {
        let result = contents.withLockIfAvailable { contents -> Result<Void, FileError> in
            do throws(FileError) {
                try contents.file.checkName()
                try contents.copy.checkName()
                return .success(())
            } catch { return .failure(error) }
        }
        try result?.get()
    }

    /// Commits an edit durably.
    ///
    /// The copy gets it too before this returns, so that what the edit makes superfluous can be removed. If that fails,
    /// the edit counts all the same; the copy is rewritten with the next one.
    /// - Precondition: The edit fits the state: blocks that it adds are new, those that it removes exist, and no number
    ///   is set back.
    /// - Throws: ``ManifestError``; except for ``ManifestError/undecided(_:)``, nothing was changed then, and the same
    ///   edit can be tried again.
    package func commit(_ edit: ManifestEdit) throws(ManifestError) {
        guard edit != ManifestEdit() else { return }
        let result = contents.withLock { contents -> Result<Void, ManifestError> in
            do throws(ManifestError) {
                guard let next = contents.state.applying(edit) else { preconditionFailure("An edit fits the state.") }
                if contents.file.isOpen, hasOutgrown(contents.file, contents.state) { try? shrink(&contents) }
                if contents.file.isOpen {
                    try append(edit, making: next, &contents)
                } else {
                    try replace(with: next, &contents)
                }
                mirror(edit, &contents)
                return .success(())
            } catch { return .failure(error) }
        }
        try result.get()
    }

    /// Whether a file is much longer than its state needs.
    private func hasOutgrown(_ file: borrowing ManifestFile, _ state: ManifestState) -> Bool {
        guard file.byteCount > rewriteByteCount else { return false }
        var buffer = FieldBuffer()
        ManifestFormat.append(state.asEdit, number: 1, databaseID: 1, to: &buffer)
        return file.byteCount > 4 * UInt64(buffer.count)
    }

    /// Rewrites the file without a change. If that fails before the names have changed, the old file stays in use.
    private func shrink(_ contents: inout Contents) throws(FileError) {
        try contents.file.writeAnew(contents.state, number: contents.nextNumber - 1)
        // Until the new name is durable, nothing may be appended: after a power cut, the old file could be back.
        do throws(FileError) { try fileSystem.syncDirectory(directory) } catch {
            contents.file.giveUp()
            throw error
        }
    }

    /// Appends an edit and syncs it; after a failed sync, the file is rewritten with the edit.
    private func append(
        _ edit: ManifestEdit, making next: ManifestState, _ contents: inout Contents
    ) throws(ManifestError) {
        do throws(ManifestFailure) { try contents.file.append(edit, databaseID: next.databaseID) } catch {
            switch error {
            case .unchanged(let error): throw ManifestError(error)
            case .undecided: return try replace(with: next, &contents)
            }
        }
        contents.nextNumber += 1
        contents.state = next
    }

    /// Rewrites the file with a new state, because the old one takes no more edits and may or may not hold one that
    /// failed: until this succeeds, that stays undecided.
    private func replace(with next: ManifestState, _ contents: inout Contents) throws(ManifestError) {
        do throws(FileError) {
            try contents.file.writeAnew(next, number: contents.nextNumber)
            try fileSystem.syncDirectory(directory)
        } catch {
            contents.file.giveUp()
            throw .undecided(error)
        }
        contents.nextNumber += 1
        contents.state = next
    }

    /// Whether it is not known if the last edit is on the disk: it failed, and so did writing the file again.
    var isUndecided: Bool { contents.withLock { !$0.file.isOpen } }

    /// A file whose state differs from that in memory.
    struct Difference {
        var name: String
        var reason: String
        /// Whether it has been written again.
        var isMended: Bool
    }

    /// Reads both files. One whose state differs from that in memory is kept in `set-aside/`, if it is there, and
    /// written again.
    ///
    /// - Returns: What was found, and how many bytes were read.
    func scrub() -> (differences: [Difference], bytes: UInt64) {
        contents.withLock { contents in
            var found: [Difference] = [], bytes: UInt64 = 0
            if contents.file.isOpen {
                bytes += contents.file.byteCount
                if let reason = difference(FileName.manifest, contents) {
                    var isMended = keep(FileName.manifest)
                    do throws(FileError) { if isMended { try shrink(&contents) } } catch { isMended = false }
                    found.append(Difference(name: FileName.manifest, reason: reason, isMended: isMended))
                }
            }
            if contents.copy.isOpen, contents.copy.number == contents.nextNumber - 1 {
                bytes += contents.copy.byteCount
                if let reason = difference(FileName.manifestCopy, contents) {
                    var isMended = keep(FileName.manifestCopy)
                    do throws(FileError) { if isMended { try writeCopy(&contents) } } catch { isMended = false }
                    found.append(Difference(name: FileName.manifestCopy, reason: reason, isMended: isMended))
                }
            }
            return (found, bytes)
        }
    }

    /// Keeps a file in `set-aside/`; returns whether it is there, or there is no file to keep.
    private func keep(_ name: String) -> Bool {
        do throws(FileError) {
            if try fileSystem.exists("\(directory)/\(name)") { _ = try SetAside(fileSystem, directory).keep(name) }
            return true
        } catch { return false }
    }

    /// How the state of a file differs from that in memory; nil if it does not.
    private func difference(_ name: String, _ contents: borrowing Contents) -> String? {
        do throws(FileError) {
            switch try FoundManifest(fileSystem, directory, name) {
            case .missing: return "it is missing"
            case .unreadable(let error): return "\(error)"
            case .image(let image):
                if let damage = image.damage { return "\(damage)" }
                return image.state == contents.state ? nil : "it does not have the last edits"
            }
        } catch { return "\(error)" }
    }

    /// Brings the copy up to the last edit.
    private func mirror(_ edit: ManifestEdit, _ contents: inout Contents) {
        let number = contents.nextNumber - 1
        if contents.copy.isOpen, contents.copy.number + 1 == number, !hasOutgrown(contents.copy, contents.state) {
            do throws(ManifestFailure) {
                return try contents.copy.append(edit, databaseID: contents.state.databaseID)
            } catch { contents.copy.giveUp() }
        }
        try? writeCopy(&contents)
    }

    /// Rewrites the copy with the state after the last edit.
    func writeCopy(_ contents: inout Contents) throws(FileError) {
        try contents.copy.writeAnew(contents.state, number: contents.nextNumber - 1)
        do throws(FileError) { try fileSystem.syncDirectory(directory) } catch {
            contents.copy.giveUp()
            throw error
        }
    }
}

extension ManifestError {
    /// Makes the error for a failed call: a full disk is a case of its own.
    init(_ error: FileError) {
        self = error.code == ENOSPC || error.code == EDQUOT ? .diskFull(path: error.path) : .failed(error)
    }
}
