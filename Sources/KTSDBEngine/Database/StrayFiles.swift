internal import KTSDBModel

/// Decides what happens to the files of blocks and checkpoints that the MANIFEST does not name.
///
/// Usually they are left over from a seal, a compaction or a checkpoint that was not published when the process ended,
/// or from one that was replaced: they are removed. Where the MANIFEST may not be the newest one, a file that it does
/// not name may be the only one that has certain samples. Nothing is removed then: files that belong to the database
/// according to their own contents are named again, and the rest is set aside.
struct StrayFiles {
    private let files: any FileSystem
    private let path: String
    private let manifest: Manifest
    private let isReading: Bool
    private(set) var setAside: [SetAsideFile] = []
    /// Whether other files show that the MANIFEST lacks edits although it looked complete.
    private(set) var isOutOfDate = false
    private(set) var adoptedBlocks: [UInt64] = [], adoptedCheckpoints: [UInt64] = []
    /// The imports that are marked as unfinished although the MANIFEST names their blocks.
    private(set) var publishedImports: [UInt64] = []

    /// Looks at the data directory `path`; if it is only read, all files stay where they are.
    init(_ files: any FileSystem, _ path: String, _ manifest: Manifest, isReading: Bool) {
        self.files = files
        self.path = path
        self.manifest = manifest
        self.isReading = isReading
    }

    /// Clears the directories, which are created if they are missing.
    mutating func clear() throws(OpenError) {
        do throws(FileError) {
            for directory in [FileName.Directory.blocks, .checkpoints] {
                try files.createDirectory(FileName.directory(path, directory))
            }
            let checkpointFiles = try numbers(.series, .samples, .sideData)
            let known = manifest.state.checkpoints
            // One unpublished checkpoint may exist. If there are two, the older one was published. Those older than all
            // that are named were removed, but the removal may not have reached the disk.
            let fresh = checkpointFiles.filter { file in
                FileName.number(.samples, file.name) != nil && file.number > known.last?.number ?? 0
            }
            var areThere = fresh.count < 2
            for record in known {
                for file in [
                    FileName.path(path, .samples, record.number),
                    FileName.path(path, .series, record.seriesFile),
                ] {
                    guard try !files.exists(file) else { continue }
                    areThere = false
                }
            }
            var found: [FoundCheckpoint] = []
            for (number, name) in checkpointFiles where FileName.number(.samples, name) != nil {
                guard known.contains(where: { $0.number == number }) || !manifest.report.isTrusted || !areThere else {
                    continue
                }
                let checkpoint = try FoundCheckpoint(
                    number, databaseID: manifest.state.databaseID, directory: path, files)
                if let checkpoint { found.append(checkpoint) }
            }
            let imports = try importFiles()
            let isTrusted = try clearBlocks(
                isTrusted: manifest.report.isTrusted && areThere,
                sealedThrough: found.map(\.header.sealedThrough).max() ?? 0, unfinishedImports: imports.marks)
            try clearImports(imports)
            isOutOfDate = manifest.report.isTrusted && !isTrusted
            try clearCheckpoints(checkpointFiles, found, isTrusted: isTrusted)
        } catch { throw OpenError(error) }
    }

    /// Returns the files of some kinds, which share one directory.
    private func numbers(_ kinds: FileName.Kind...) throws(FileError) -> [(number: UInt64, name: String)] {
        try files.list(FileName.directory(path, kinds[0].directory)).compactMap { name in
            kinds.lazy.compactMap { FileName.number($0, name) }.first.map { ($0, name) }
        }
    }

    // MARK: Blocks

    /// Returns whether the MANIFEST lacks nothing, judging by the block files.
    private mutating func clearBlocks(
        isTrusted: Bool, sealedThrough: UInt64, unfinishedImports: Set<UInt64>
    ) throws(FileError) -> Bool {
        let blockFiles = try numbers(.block)
        let named = manifest.state.blocks.map(\.number)
        guard !isTrusted || sealedThrough > manifest.state.sealedThrough || Set(blockFiles.map(\.number)) != Set(named)
        else { return true }
        let found = blockFiles.map { look(at: $0.number) }
        let census = BlockCensus(
            manifest.state, isTrusted: isTrusted, found: found, sealedThrough: sealedThrough,
            unfinishedImports: unfinishedImports, isWhole: isWhole)
        try publish(census.edit)
        adoptedBlocks = census.edit.added.map(\.number)
        for (number, name) in blockFiles {
            switch census.fates[number] {
            case nil, .adopt: continue
            case .remove: try remove(FileName.relative(.blocks, name))
            case .setAside(let reason): try moveAside(FileName.relative(.blocks, name), reason)
            }
        }
        return census.isTrusted
    }

    private func look(at number: UInt64) -> FoundBlock {
        do throws(ReadError) {
            let block = try Block.open(unnamed: number, fileSystem: files, path: FileName.path(path, .block, number))
            return FoundBlock(number: number, summary: block.summary, origin: try block.origin())
        } catch { return FoundBlock(number: number) }
    }

    private func isWhole(_ number: UInt64) -> Bool {
        do throws(ReadError) {
            try Block.open(unnamed: number, fileSystem: files, path: FileName.path(path, .block, number))
                .verifyChecksums()
            return true
        } catch { return false }
    }

    /// Commits an edit, once the blocks that it names are durable, and so are their names.
    private func publish(_ edit: ManifestEdit) throws(FileError) {
        guard edit != ManifestEdit() else { return }
        if !isReading, !edit.added.isEmpty {
            for block in edit.added {
                let file = try files.openForAppending(FileName.path(path, .block, block.number))
                defer { file.close() }
                try file.sync()
            }
            try files.syncDirectory(FileName.directory(path, .blocks))
        }
        do throws(ManifestError) { try manifest.commit(edit) } catch {
            switch error {
            case .failed(let error), .undecided(let error): throw error
            default: throw FileError(path: "\(path)/\(FileName.manifest)", operation: "write", code: 28)
            }
        }
    }

    // MARK: Imports

    /// The marks of unfinished imports, by their numbers, and the names of files that imports have not merged.
    private func importFiles() throws(FileError) -> (marks: Set<UInt64>, parts: [String]) {
        guard try files.exists(FileName.directory(path, .imports)) else { return ([], []) }
        let names = try files.list(FileName.directory(path, .imports))
        return (
            Set(names.compactMap { FileName.number(.importMark, $0) }),
            names.filter { FileName.number(.importPart, $0) != nil }
        )
    }

    /// Removes what imports have left: the files that they had not merged, and the marks of those that were not
    /// published. Those that were are finished by the opening.
    private mutating func clearImports(_ found: (marks: Set<UInt64>, parts: [String])) throws(FileError) {
        for name in found.parts { try remove(FileName.relative(.imports, name)) }
        guard !found.marks.isEmpty else { return }
        let named = manifest.state.blocks.compactMap { block -> UInt64? in
            guard case .import(let number, _) = look(at: block.number).origin?.kind else { return nil }
            return number
        }
        publishedImports = found.marks.intersection(named).sorted()
        let unpublished = found.marks.subtracting(named)
        guard !isReading, !unpublished.isEmpty else { return }
        // After a power cut, the blocks must not be back without the mark.
        try files.syncDirectory(FileName.directory(path, .blocks))
        for number in unpublished.sorted() { try files.remove(FileName.path(path, .importMark, number)) }
    }

    // MARK: Checkpoints

    private mutating func clearCheckpoints(
        _ checkpointFiles: [(number: UInt64, name: String)], _ found: [FoundCheckpoint], isTrusted: Bool
    ) throws(FileError) {
        if !isTrusted { try adopt(found) }
        let used = Set(
            manifest.state.checkpoints.flatMap {
                [
                    FileName.path(path, .series, $0.seriesFile), FileName.path(path, .samples, $0.number),
                    FileName.path(path, .sideData, $0.number),
                ]
            })
        for (_, name) in checkpointFiles where !used.contains("\(FileName.directory(path, .checkpoints))/\(name)") {
            if isTrusted {
                try remove(FileName.relative(.checkpoints, name))
            } else {
                // The MANIFEST names a newer checkpoint, or the log has what this one has.
                try moveAside(FileName.relative(.checkpoints, name), .unfinished)
            }
        }
    }

    /// Names checkpoints that are newer than those named, and removes the names of those whose files are gone.
    private mutating func adopt(_ found: [FoundCheckpoint]) throws(FileError) {
        let known = manifest.state.checkpoints
        var edit = ManifestEdit()
        for record in known where !found.contains(where: { $0.record.number == record.number }) {
            // It stays named if there is no newer one: its loss is reported then.
            guard let newest = found.map(\.record.number).max(), newest > record.number else { continue }
            if try !files.exists(FileName.path(path, .samples, record.number)) {
                edit.removedCheckpoints.append(record.number)
            }
        }
        let last = known.map(\.number).filter { !edit.removedCheckpoints.contains($0) }.max() ?? 0
        let fresh = found.filter { $0.record.number > last }.sorted { $0.record.number < $1.record.number }
        edit.addedCheckpoints = fresh.map(\.record)
        let nextSeriesID = fresh.map(\.nextSeriesID).max() ?? 0
        if nextSeriesID > manifest.state.nextSeriesID { edit.nextSeriesID = nextSeriesID }
        adoptedCheckpoints = fresh.map(\.record.number)
        try publish(edit)
    }

    // MARK: Files

    private func remove(_ file: String) throws(FileError) {
        if !isReading { try files.remove("\(path)/\(file)") }
    }

    private mutating func moveAside(_ file: String, _ reason: SetAsideFile.Reason) throws(FileError) {
        let newPath = isReading ? file : try SetAside(files, path).move(file)
        // An edit that was in progress when the power failed leaves unfinished files, too.
        let isExpected = reason == .unreadable && !manifest.report.isOutOfDate
        setAside.append(SetAsideFile(path: file, newPath: newPath, reason: isExpected ? .unfinished : reason))
    }
}
