internal import CLibrary

extension Manifest {
    /// Opens the MANIFEST in `directory`, or begins a new database there if the directory is missing or has no data.
    ///
    /// Of the two files, the one with the later edit counts. The other one is rewritten from it; damaged files are kept
    /// in `set-aside/`. If both are damaged, the edits before the damage count. If nothing can be read at all, the
    /// state is empty; the caller finds the rest in the directory.
    /// - Parameters:
    ///   - fileSystem: Where the directory is.
    ///   - directory: The data directory.
    ///   - databaseID: The number of a new database; random when nil.
    ///   - rewriteByteCount: The length, in bytes, up to which a file is never rewritten.
    ///   - identify: Finds the database's number in other files, when no file of the MANIFEST has it. Without it,
    ///     opening throws in that case.
    /// - Returns: The open MANIFEST. Its ``report`` says what was found.
    /// - Throws: ``ManifestError``; nothing was changed then.
    package static func open(
        fileSystem: any FileSystem, directory: String, databaseID: UInt64? = nil, rewriteByteCount: UInt64 = 64 << 10,
        identify: (() throws(FileError) -> UInt64)? = nil
    ) throws(ManifestError) -> Manifest {
        let pair: ManifestPair, hasData: Bool
        do throws(FileError) {
            try fileSystem.createDirectory(directory)
            pair = ManifestPair(
                file: try FoundManifest(fileSystem, directory, FileName.manifest),
                copy: try FoundManifest(fileSystem, directory, FileName.manifestCopy))
            hasData = try Self.hasData(fileSystem, directory)
        } catch { throw ManifestError(error) }
        var contents = Contents(
            state: ManifestState(databaseID: databaseID ?? UInt64.random(in: 1...(.max))),
            file: ManifestFile(fileSystem, directory, FileName.manifest),
            copy: ManifestFile(fileSystem, directory, FileName.manifestCopy))
        var report = try pair.report(in: directory)
        if let image = pair.chosen {
            contents.state = image.state
            contents.nextNumber = image.nextNumber
        } else if hasData || !report.isNew {
            guard let identify else { throw pair.failure(in: directory) }
            do throws(FileError) { contents.state.databaseID = try identify() } catch { throw ManifestError(error) }
            (report.isNew, report.isTrusted, report.isOutOfDate) = (false, false, true)
            if report.findings.isEmpty { report.findings = ["MANIFEST and MANIFEST.copy are missing."] }
            report.findings.append("The list of blocks and checkpoints was rebuilt from the other files.")
        }
        do throws(FileError) {
            try bringUpToDate(&contents, pair, fileSystem, directory)
        } catch { throw ManifestError(error) }
        return Manifest(fileSystem, directory, rewriteByteCount, report, contents)
    }

    /// Whether the directory has something that only an existing database has.
    private static func hasData(_ fileSystem: any FileSystem, _ directory: String) throws(FileError) -> Bool {
        for data in FileName.Directory.ofData {
            let path = FileName.directory(directory, data)
            if try fileSystem.exists(path), try !fileSystem.list(path).isEmpty { return true }
        }
        return false
    }

    /// Makes the name of a new database's directory durable, and the names of those above it, which may be just as new.
    private static func syncAncestors(
        of directory: String, _ fileSystem: any FileSystem
    ) throws(FileError) {
        var ancestor = FilePath.parent(of: directory) ?? "."
        try fileSystem.syncDirectory(ancestor)
        while let parent = FilePath.parent(of: ancestor) {
            // A directory that may not be opened was not created by this opening.
            do throws(FileError) { try fileSystem.syncDirectory(parent) } catch {
                guard error.code == EACCES || error.code == EPERM || error.code == EROFS || error.code == EINVAL else {
                    throw error
                }
            }
            ancestor = parent
        }
    }

    /// Makes both files hold the state. A file that can no longer be read is kept, in `set-aside/`.
    private static func bringUpToDate(
        _ contents: inout Contents, _ pair: ManifestPair, _ fileSystem: any FileSystem, _ directory: String
    ) throws(FileError) {
        let setAside = SetAside(fileSystem, directory)
        if let image = pair.file.usable, image.number == contents.nextNumber - 1, image.state == contents.state {
            try contents.file.takeOver(image)
        } else {
            if pair.file.isDamaged { try setAside.keep(FileName.manifest) }
            // Without any edit, the next one has number 1.
            try contents.file.writeAnew(contents.state, number: contents.nextNumber - (pair.chosen == nil ? 0 : 1))
            try fileSystem.syncDirectory(directory)
            if pair.chosen == nil {
                contents.nextNumber += 1
                try syncAncestors(of: directory, fileSystem)
            }
        }
        // A database opens on a full disk, where there is no room for the copy: the next edit writes it.
        do throws(FileError) {
            try contents.copy.removeTemporary()
            if let image = pair.copy.usable, image.cutByteCount == 0, image.state == contents.state,
                image.number == contents.nextNumber - 1
            {
                try contents.copy.takeOver(image)
            } else {
                if pair.copy.isDamaged { try setAside.keep(FileName.manifestCopy) }
                try contents.copy.writeAnew(contents.state, number: contents.nextNumber - 1)
                try fileSystem.syncDirectory(directory)
            }
        } catch {
            guard error.code == ENOSPC || error.code == EDQUOT else { throw error }
            contents.copy.giveUp()
        }
    }
}

/// One of the MANIFEST's two files as it was found.
enum FoundManifest {
    case missing
    /// Not even its first edit can be read.
    case unreadable(ManifestError)
    case image(ManifestImage)

    init(_ fileSystem: any FileSystem, _ directory: String, _ name: String) throws(FileError) {
        let path = "\(directory)/\(name)"
        guard try fileSystem.exists(path) else {
            self = .missing
            return
        }
        let bytes = try fileSystem.open(path).readAll()
        do throws(ManifestError) {
            self = .image(try ManifestImage(bytes, path: path))
        } catch { self = .unreadable(error) }
    }

    /// The contents of the file, however much of it can be read.
    var image: ManifestImage? {
        if case .image(let image) = self { image } else { nil }
    }

    /// The contents of the file, if nothing is missing from it except perhaps an unfinished end.
    var usable: ManifestImage? { image.flatMap { $0.damage == nil ? $0 : nil } }

    /// What is wrong with it.
    var failure: ManifestError? {
        switch self {
        case .missing: nil
        case .unreadable(let error): error
        case .image(let image): image.damage
        }
    }

    var isDamaged: Bool { failure != nil }

    var isMissing: Bool {
        if case .missing = self { true } else { false }
    }
}

/// What both files say, and which one counts.
struct ManifestPair {
    let file: FoundManifest, copy: FoundManifest
    /// What counts; nil if nothing can be read.
    let chosen: ManifestImage?

    init(file: FoundManifest, copy: FoundManifest) {
        self.file = file
        self.copy = copy
        let images =
            [file.usable, copy.usable].compactMap { $0 }.isEmpty
            ? [file.image, copy.image] : [file.usable, copy.usable]
        chosen =
            switch (images[0], images[1]) {
            case (let file?, let copy?):
                // A file of another database counts only if there is no file of this one.
                copy.number > file.number && copy.state.databaseID == file.state.databaseID ? copy : file
            case (let file, let copy): file ?? copy
            }
    }

    /// Reports what was found in the files.
    ///
    /// - Throws: ``ManifestError/unsupportedVersion(path:found:)``.
    func report(in directory: String) throws(ManifestError) -> Manifest.Report {
        for found in [file, copy] {
            if case .unsupportedVersion = found.failure { throw found.failure! }
        }
        var report = Manifest.Report()
        guard !file.isMissing || !copy.isMissing else {
            report.isNew = true
            return report
        }
        report.cutByteCount = file.usable?.cutByteCount ?? 0
        report.isTrusted = report.cutByteCount == 0 && isInStep
        // If the copy has the same edits, only the edit in progress is missing: the copy gets each before the next.
        report.isOutOfDate = !report.isTrusted && !(isInStep && file.usable!.number == copy.usable!.number)
        for (found, name) in [(file, FileName.manifest), (copy, FileName.manifestCopy)] {
            if let finding = finding(found, name) { report.findings.append(finding) }
        }
        return report
    }

    /// Whether the files are as an orderly close or a power cut leaves them: the copy holds the same edits, or lacks
    /// the last one.
    private var isInStep: Bool {
        guard let file = file.usable, let copy = copy.usable, file.state.databaseID == copy.state.databaseID else {
            return false
        }
        return copy.number == file.number ? copy.cutByteCount == 0 : copy.number &+ 1 == file.number
    }

    private func finding(_ found: FoundManifest, _ name: String) -> String? {
        if found.isMissing { return "\(name) was missing." }
        if case .damaged(_, let offset, let reason) = found.failure {
            return
                "\(name) was damaged at byte \(offset): \(reason). It is kept in \(FileName.Directory.setAside.rawValue)/."
        }
        guard let image = found.usable, let chosen else { return nil }
        if image.state.databaseID != chosen.state.databaseID { return "\(name) belonged to another database." }
        guard image.number < chosen.number else { return nil }
        // After a power cut, the copy may lack the last edit.
        if name == FileName.manifestCopy, image.number + 1 == chosen.number { return nil }
        return "\(name) lacked the last edits: it had \(image.number) of \(chosen.number)."
    }

    /// Why nothing can be read.
    func failure(in directory: String) -> ManifestError {
        file.failure ?? copy.failure ?? .missing(path: "\(directory)/\(FileName.manifest)")
    }
}
