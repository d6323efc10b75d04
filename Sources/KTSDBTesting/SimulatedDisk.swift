internal import KTSDBEngine

/// A fault at one call of a ``SimulatedFileSystem``.
package enum DiskFault: Hashable, Sendable {
    /// The power fails: the call may or may not take effect, and every later call throws `EIO`.
    case crash
    /// The call has no effect and throws this errno.
    case error(Int32)
    /// A `write` takes only this many bytes (at most all but one) and reports it; other calls throw `ENOSPC`.
    case shortWrite(Int)
    /// A `sync` throws `EIO` and discards what it should have written: later syncs succeed without it. Other calls are
    /// unaffected.
    case failedSync
}

/// The state of the simulated disk: what programs see, and what would survive a power cut.
struct SimulatedDisk {
    /// A file's content: what is read now, and the changes that are not synced yet.
    struct File {
        var live: [UInt8] = []
        /// The content that is certain to survive a crash.
        var synced: [UInt8] = []
        /// The unsynced changes in order; any part of them may survive a crash.
        var unsynced: [Change] = []
        /// The bytes that it takes on the disk at least.
        var allocated = 0

        /// The bytes that it takes on the disk.
        var byteCount: Int { max(live.count, allocated) }
    }
    enum Change {
        case write(at: Int, bytes: [UInt8])
        case truncate(to: Int)
    }
    enum Entry: Equatable {
        case directory
        case file(Int)
    }
    /// A change of directory entries, which happens completely or not at all.
    enum EntryChange {
        case set(String, Entry)
        case remove(String)
        case rename(String, to: String, Entry)
    }

    /// The size of a sector, the unit that a disk writes atomically.
    static let sectorByteCount = 512

    /// The files by number; several names may refer to one.
    var files: [File] = []
    var entries: [String: Entry] = [:]
    var durableEntries: [String: Entry] = [:]
    var unsyncedEntries: [EntryChange] = []
    /// Distinguishes a directory from another one that gets its name later.
    private var directoryNumbers: [String: Int] = [:]
    private var lastDirectoryNumber = 0

    // MARK: Directory entries

    mutating func apply(_ change: EntryChange) {
        Self.apply(change, to: &entries)
        unsyncedEntries.append(change)
        switch change {
        case .set: break
        case .remove(let path): directoryNumbers[path] = nil
        case .rename(let source, let target, _): directoryNumbers[target] = directoryNumbers.removeValue(forKey: source)
        }
    }

    /// The number of a directory, which it keeps when it is renamed.
    mutating func directoryNumber(of path: String) -> Int {
        if let number = directoryNumbers[path] { return number }
        lastDirectoryNumber += 1
        directoryNumbers[path] = lastDirectoryNumber
        return lastDirectoryNumber
    }

    /// Makes the changes in `directory` durable.
    mutating func syncEntries(of directory: String) {
        let all = unsyncedEntries
        unsyncedEntries = []
        for change in all {
            if Self.paths(of: change).contains(where: { FilePath.parent(of: $0) ?? "" == directory }) {
                Self.apply(change, to: &durableEntries)
            } else {
                unsyncedEntries.append(change)
            }
        }
    }

    /// Makes all changes of entries durable.
    mutating func syncAllEntries() {
        for change in unsyncedEntries { Self.apply(change, to: &durableEntries) }
        unsyncedEntries = []
    }

    private static func paths(of change: EntryChange) -> [String] {
        switch change {
        case .set(let path, _), .remove(let path): [path]
        case .rename(let source, let target, _): [source, target]
        }
    }

    private static func apply(_ change: EntryChange, to entries: inout [String: Entry]) {
        switch change {
        case .set(let path, let entry): entries[path] = entry
        case .remove(let path): entries[path] = nil
        case .rename(let source, let target, let entry):
            entries[source] = nil
            entries[target] = entry
            guard entry == .directory else { return }
            // What is in a directory goes with it.
            for path in entries.keys.filter({ $0.hasPrefix(source + "/") }) {
                entries[target + path.dropFirst(source.count)] = entries.removeValue(forKey: path)
            }
        }
    }

    // MARK: Contents

    mutating func write(_ bytes: [UInt8], to file: Int) {
        files[file].unsynced.append(.write(at: files[file].live.count, bytes: bytes))
        files[file].live += bytes
    }

    mutating func truncate(_ file: Int, to count: Int) {
        files[file].unsynced.append(.truncate(to: count))
        Self.resize(&files[file].live, to: count)
    }

    mutating func sync(_ file: Int) {
        for change in files[file].unsynced { Self.apply(change, to: &files[file].synced) }
        files[file].unsynced = []
    }

    /// Discards the dirty pages; they can still be read until the power fails.
    mutating func failSync(_ file: Int) { files[file].unsynced = [] }

    private static func resize(_ bytes: inout [UInt8], to count: Int) {
        if count < bytes.count {
            bytes.removeLast(bytes.count - count)
        } else {
            bytes += [UInt8](repeating: 0, count: count - bytes.count)
        }
    }

    private static func apply(_ change: Change, to bytes: inout [UInt8]) {
        switch change {
        case .truncate(let count): resize(&bytes, to: count)
        case .write(let offset, let written): overwrite(&bytes, at: offset, with: written[...])
        }
    }

    private static func overwrite(_ bytes: inout [UInt8], at offset: Int, with written: ArraySlice<UInt8>) {
        resize(&bytes, to: max(bytes.count, offset + written.count))
        bytes.replaceSubrange(offset..<(offset + written.count), with: written)
    }

    // MARK: Crash

    /// Returns what the disk may hold after a power cut now: everything that was synced, and of the rest whatever
    /// `seed` picks.
    func afterCrash(seed: UInt64) -> SimulatedDisk {
        var random = SeededGenerator(seed: seed)
        var image = SimulatedDisk()
        for file in files {
            let bytes = Self.survivors(of: file, random: &random)
            image.files.append(File(live: bytes, synced: bytes, allocated: file.allocated))
        }
        var kept = durableEntries
        let share = Self.share(random: &random)
        for change in unsyncedEntries where Double.random(in: 0..<1, using: &random) < share {
            Self.apply(change, to: &kept)
        }
        // The content of a directory that did not survive is unreachable.
        image.entries = kept.filter { path, _ in
            var parent = FilePath.parent(of: path)
            while let directory = parent, directory != "/", !directory.isEmpty {
                guard kept[directory] == .directory else { return false }
                parent = FilePath.parent(of: directory)
            }
            return true
        }
        image.durableEntries = image.entries
        return image
    }

    /// Returns the share of the unsynced changes that survives: nothing and everything are as likely as something in
    /// between.
    private static func share(random: inout SeededGenerator) -> Double {
        [0, 0.3, 0.7, 1].randomElement(using: &random)!
    }

    private static func survivors(of file: File, random: inout SeededGenerator) -> [UInt8] {
        var bytes = file.synced
        let share = share(random: &random)
        for change in file.unsynced {
            switch change {
            case .truncate:
                if Double.random(in: 0..<1, using: &random) < share { apply(change, to: &bytes) }
            case .write(let start, let written):
                var offset = start
                while offset < start + written.count {
                    let end = min(start + written.count, (offset / sectorByteCount + 1) * sectorByteCount)
                    if Double.random(in: 0..<1, using: &random) < share {
                        overwrite(&bytes, at: offset, with: written[(offset - start)..<(end - start)])
                    }
                    offset = end
                }
            }
        }
        // The length is separate metadata: it may be ahead of the surviving data, or not include unsynced changes.
        let least = min(bytes.count, file.synced.count), most = max(bytes.count, file.live.count)
        if !file.unsynced.isEmpty, Int.random(in: 0..<3, using: &random) == 0 {
            resize(&bytes, to: Int.random(in: least...most, using: &random))
        }
        return bytes
    }
}
