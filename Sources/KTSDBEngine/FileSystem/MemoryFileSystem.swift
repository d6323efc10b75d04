internal import CLibrary
internal import Synchronization

/// Files on the heap, for databases without a directory: nothing outlives the object, and `sync` has nothing to do.
package final class MemoryFileSystem: FileSystem {
    private enum Entry {
        case directory
        case file(MemoryFile)
    }
    private struct State {
        var entries: [String: Entry] = [:]
        var locked: Set<String> = []
    }
    private let state = Mutex(State())

    package init() {}

    package func createDirectory(_ path: String) throws(FileError) {
        try attempt { state throws(FileError) in
            var next: String? = FilePath.normalized(path)
            while let directory = next, !directory.isEmpty {
                switch state.entries[directory] {
                case .directory: break
                case .file: throw FileError(path, "create directory", EEXIST)
                case nil: state.entries[directory] = .directory
                }
                next = FilePath.parent(of: directory)
            }
        }
    }

    package func list(_ directory: String) throws(FileError) -> [String] {
        let directory = FilePath.normalized(directory)
        return try attempt { state throws(FileError) in
            guard case .directory = state.entries[directory] else { throw FileError(directory, "list", ENOENT) }
            return state.entries.keys.filter { FilePath.parent(of: $0) == directory }.map(FilePath.name(of:)).sorted()
        }
    }

    package func exists(_ path: String) throws(FileError) -> Bool {
        let path = FilePath.normalized(path)
        return state.withLock { $0.entries[path] != nil }
    }

    package func create(_ path: String) throws(FileError) -> any WritableFile {
        let path = FilePath.normalized(path)
        return try attempt { state throws(FileError) in
            guard state.entries[path] == nil else { throw FileError(path, "create", EEXIST) }
            if let parent = FilePath.parent(of: path), parent != "/" {
                guard case .directory = state.entries[parent] else { throw FileError(path, "create", ENOENT) }
            }
            let file = MemoryFile(path: path)
            state.entries[path] = .file(file)
            return MemoryWritableFile(file)
        }
    }

    package func openForAppending(_ path: String) throws(FileError) -> any WritableFile {
        MemoryWritableFile(try file(path, operation: "open for writing"))
    }

    package func open(_ path: String) throws(FileError) -> any ReadableFile {
        MemoryReadableFile(try file(path, operation: "open"))
    }

    package func rename(_ source: String, to target: String) throws(FileError) {
        let source = FilePath.normalized(source), target = FilePath.normalized(target)
        try attempt { state throws(FileError) in
            guard let entry = state.entries.removeValue(forKey: source) else {
                throw FileError(source, "rename", ENOENT)
            }
            state.entries[target] = entry
            guard case .directory = entry else { return }
            for path in state.entries.keys where path.hasPrefix(source + "/") {
                state.entries[target + path.dropFirst(source.count)] = state.entries.removeValue(forKey: path)
            }
        }
    }

    package func link(_ source: String, to target: String) throws(FileError) {
        let target = FilePath.normalized(target)
        let file = try file(source, operation: "link")
        try attempt { state throws(FileError) in
            guard state.entries[target] == nil else { throw FileError(target, "link", EEXIST) }
            state.entries[target] = .file(file)
        }
    }

    package func remove(_ path: String) throws(FileError) {
        let path = FilePath.normalized(path)
        try attempt { state throws(FileError) in
            guard let entry = state.entries[path] else { throw FileError(path, "remove", ENOENT) }
            if case .directory = entry, state.entries.keys.contains(where: { FilePath.parent(of: $0) == path }) {
                throw FileError(path, "remove", ENOTEMPTY)
            }
            state.entries[path] = nil
        }
    }

    package func syncDirectory(_ directory: String) throws(FileError) {
        guard try exists(directory) else { throw FileError(directory, "sync directory", ENOENT) }
    }

    package func lock(_ path: String) throws(FileError) -> any FileLock {
        let path = FilePath.normalized(path)
        try attempt { state throws(FileError) in
            guard state.locked.insert(path).inserted else {
                throw FileError(path: path, operation: "lock", code: EWOULDBLOCK, detail: "held by process \(getpid())")
            }
            if state.entries[path] == nil { state.entries[path] = .file(MemoryFile(path: path)) }
        }
        return MemoryLock { [self] in state.withLock { _ = $0.locked.remove(path) } }
    }

    /// Returns a number that never limits anything: the machine's memory bounds this file system.
    package func freeBytes(at path: String) throws(FileError) -> UInt64 { UInt64(Int64.max) }

    /// Returns a number that never limits anything, as for free bytes.
    package func totalBytes(at path: String) throws(FileError) -> UInt64 { UInt64(Int64.max) }

    /// Returns the identity of a file or directory; a directory has no other identity than its name.
    package func identity(of path: String) throws(FileError) -> FileIdentity? {
        let path = FilePath.normalized(path)
        return state.withLock { state in
            switch state.entries[path] {
            case .file(let file): file.identity
            case .directory: FileIdentity(device: 1, number: UInt64(UInt(bitPattern: path.hashValue)))
            case nil: nil
            }
        }
    }

    package func checkWritable(_ path: String) throws(FileError) {
        guard try exists(path) else { throw FileError(path, "check", ENOENT) }
    }

    private func file(_ path: String, operation: String) throws(FileError) -> MemoryFile {
        let path = FilePath.normalized(path)
        return try attempt { state throws(FileError) in
            switch state.entries[path] {
            case .file(let file): return file
            case .directory: throw FileError(path, operation, EISDIR)
            case nil: throw FileError(path, operation, ENOENT)
            }
        }
    }

    private func attempt<Value>(_ body: (inout sending State) throws(FileError) -> sending Value) throws(FileError)
        -> sending Value
    {
        try state.withLock(body)
    }
}

/// A lock that calls a function once when it is released.
package final class MemoryLock: FileLock {
    private let onRelease: Mutex<(@Sendable () -> Void)?>

    package init(_ onRelease: @escaping @Sendable () -> Void) { self.onRelease = Mutex(onRelease) }

    package func release() {
        let action = onRelease.withLock { stored in
            defer { stored = nil }
            return stored
        }
        action?()
    }

    deinit { release() }
}
