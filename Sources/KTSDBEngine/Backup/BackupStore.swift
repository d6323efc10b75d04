internal import CLibrary
internal import KTSDBModel

/// A directory of backups, possibly on another disk, that share their blocks.
///
/// A new backup copies only the blocks that the store lacks. Blocks never change, so a backup costs what was sealed and
/// compacted since the last one. `backups/NAME/` has the list of a backup's blocks, and `blocks/` the blocks of all of
/// them (FORMAT.md, section 14).
///
/// A backup exists once its directory has its name, which is the last thing that happens when it is made, and the first
/// that goes when it is removed. Whatever fails, and whenever the power goes, the backups before it stay usable; what
/// was left over is removed by the next one. Safe for use by any number of threads and processes at once: those that
/// change something exclude each other.
public struct BackupStore: Sendable {
    let files: any FileSystem
    /// The directory.
    public let path: String

    /// The store in the directory `path`, which the first backup creates.
    public init(path: String) { self.init(files: POSIXFileSystem(), path: path) }

    package init(files: any FileSystem, path: String) {
        self.files = files
        self.path = path
    }

    static let unfinished = ".tmp"

    var backupsPath: String { "\(path)/backups" }
    var blocksPath: String { "\(path)/blocks" }
    func path(of name: String) -> String { "\(backupsPath)/\(name)" }

    /// The name of a block in the store: blocks of different databases may have the same number.
    func blockName(_ block: BlockSummary) -> String {
        "\(FileName.digits(block.number))-\(FileName.digits(UInt64(block.checksum)).suffix(8)).block"
    }

    // MARK: Listing

    /// Returns the backups, oldest first; those whose lists cannot be read say why. Nothing is changed.
    /// - Throws: ``BackupError``.
    public func list() throws(BackupError) -> [Backup] {
        var backups: [Backup] = []
        for name in try names() {
            do throws(BackupError) { backups.append(Backup(name, try SealedDirectory(files, path(of: name)))) } catch {
                var backup = Backup(name: name)
                backup.damage = error.description
                backups.append(backup)
            }
        }
        return backups
    }

    /// The names of all backups, oldest first.
    func names() throws(BackupError) -> [String] {
        do throws(FileError) {
            guard try files.exists(backupsPath) else { return [] }
            return try files.list(backupsPath).filter { Self.number(of: $0) != nil }.sorted {
                Self.number(of: $0)! < Self.number(of: $1)!
            }
        } catch { throw BackupError(error) }
    }

    /// The number at the beginning of a backup's name; nil for other files.
    static func number(of name: String) -> UInt64? {
        guard !name.hasSuffix(unfinished), let end = name.firstIndex(of: "-") else { return nil }
        return UInt64(name[..<end])
    }

    /// Returns the backup with this name, or the newest one.
    func find(_ name: String?) throws(BackupError) -> SealedDirectory {
        let names = try names()
        guard let found = name ?? names.last, names.contains(found) else { throw .unknown(name: name, path: path) }
        return try SealedDirectory(files, path(of: found))
    }

    /// Reads all blocks of a backup, or of all backups, and compares them with their checksums.
    ///
    /// - Returns: What is damaged, in sentences; each block is read once.
    /// - Throws: ``BackupError`` if a list of blocks cannot be read.
    public func verify(
        _ name: String? = nil, progress: (CopyProgress) -> Void = { _ in }
    ) throws(BackupError) -> [String] {
        var blocks: [String: BlockSummary] = [:]
        var wanted = try names()
        if let name { wanted = [name] }
        for name in wanted {
            for member in try find(name).members { blocks[blockName(member.summary)] = member.summary }
        }
        var damage: [String] = [], done = CopyProgress()
        done.total = blocks.values.reduce(0) { $0 + $1.byteCount }
        for (name, summary) in blocks.sorted(by: { $0.key < $1.key }) {
            do throws(ReadError) { try BlockCopy.verify(summary, files, "\(blocksPath)/\(name)") } catch {
                damage.append(error.description)
            }
            done.bytes += summary.byteCount
            progress(done)
        }
        return damage
    }

    // MARK: Restoring

    /// Restores a backup, or the newest one, to a directory that is empty or does not exist, as a database with an id
    /// of its own. All bytes are compared with their checksums.
    ///
    /// - Parameters:
    ///   - name: The backup's name.
    ///   - target: The directory of the new database.
    ///   - links: Whether to give the blocks second names (hard links) where the disk allows, instead of copying and
    ///     checking them.
    ///   - progress: Called after each piece.
    /// - Returns: The backup that was restored.
    /// - Throws: ``BackupError``; nothing is left in `target`.
    @discardableResult
    public func restore(
        _ name: String? = nil, to target: String, links: Bool = false, progress: (CopyProgress) -> Void = { _ in }
    ) throws(BackupError) -> Backup {
        try restore(name, to: target, in: files, links: links, progress: progress)
    }

    /// Does the same on another file system.
    @discardableResult
    package func restore(
        _ name: String? = nil, to target: String, in targetFiles: any FileSystem, links: Bool = false,
        progress: (CopyProgress) -> Void = { _ in }
    ) throws(BackupError) -> Backup {
        let source = try find(name)
        try source.write(
            to: target, in: targetFiles, links: links, progress: progress
        ) { "\(blocksPath)/\(blockName($0.summary))" }
        return Backup(FilePath.name(of: source.path), source)
    }
}

extension Backup {
    init(_ name: String, _ directory: SealedDirectory) {
        self.init(name: name)
        let state = directory.state
        blocks = directory.members.count
        byteCount = directory.byteCount
        samples = state.blocks.reduce(0) { $0 + $1.sampleCount }
        minTime = state.blocks.map(\.minTime).min()
        maxTime = state.blocks.map(\.maxTime).max()
        sequence = state.sealedThrough
    }
}

extension SealedDirectory {
    /// Writes a database with the same blocks and records, and an id of its own, to a directory that is empty or does
    /// not exist. `block` returns where a block is.
    func write(
        to target: String, in targetFiles: any FileSystem, links: Bool, progress: (CopyProgress) -> Void,
        block: (Member) -> String
    ) throws(BackupError) {
        let directory = try NewDirectory(targetFiles, target)
        do throws(BackupError) {
            var done = CopyProgress()
            done.total = byteCount
            try withoutActuallyEscaping(progress) { progress throws(BackupError) in
                let copy = BlockCopy(source: files, target: targetFiles) { count in
                    done.bytes += UInt64(count)
                    progress(done)
                }
                try createRollups(in: target, targetFiles)
                for member in members {
                    let newPath = member.path(in: target)
                    if links {
                        try copy.link(member.summary, at: block(member), to: newPath)
                    } else {
                        try copy.copy(member.summary, at: block(member), to: newPath)
                    }
                }
                try syncRollups(in: target, targetFiles)
            }
            try writeList(to: target, in: targetFiles)
            do throws(FileError) { try directory.complete() } catch { throw BackupError(error) }
        } catch {
            directory.discard()
            throw error
        }
    }

    /// Writes the MANIFEST and the log to a directory.
    func writeList(to target: String, in targetFiles: any FileSystem) throws(BackupError) {
        let writer = SealedDirectoryWriter(targetFiles, target)
        let databaseID: UInt64
        do throws(ManifestError) { databaseID = try writer.writeManifest(of: state, blocks: state.blocks) } catch {
            throw BackupError(error, path: target)
        }
        if let rollups {
            let directory = FileName.directory(target, .rollups)
            do throws(FileError) { try targetFiles.createDirectory(directory) } catch { throw BackupError(error) }
            do throws(ManifestError) {
                _ = try SealedDirectoryWriter(targetFiles, directory).writeManifest(of: rollups, blocks: rollups.blocks)
            } catch { throw BackupError(error, path: directory) }
        }
        do throws(LogError) {
            try writer.write(records, databaseID: databaseID, after: state.sealedThrough, FrameContext(wallClock: 0))
        } catch { throw BackupError(error, path: target) }
    }

    /// Creates the directories of the rollups, if there are any.
    private func createRollups(in target: String, _ files: any FileSystem) throws(BackupError) {
        guard rollups != nil else { return }
        let directory = FileName.directory(target, .rollups)
        do throws(FileError) {
            try files.createDirectory(directory)
            try files.createDirectory(FileName.directory(directory, .blocks))
        } catch { throw BackupError(error) }
    }

    private func syncRollups(in target: String, _ files: any FileSystem) throws(BackupError) {
        guard rollups != nil else { return }
        do throws(FileError) {
            try files.syncDirectory(FileName.directory(FileName.directory(target, .rollups), .blocks))
        } catch { throw BackupError(error) }
    }
}
