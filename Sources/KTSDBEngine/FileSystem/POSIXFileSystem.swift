internal import CKernels
internal import CLibrary
internal import KTSDBModel

/// The files of the operating system.
///
/// Every call is repeated if a signal interrupts it, and every descriptor is closed when another program is started.
package struct POSIXFileSystem: FileSystem {
    package init() {}

    package func createDirectory(_ path: String) throws(FileError) {
        guard SystemCall.makeDirectory(path, mode: 0o755) != 0 else { return }
        switch errno {
        case EEXIST where SystemCall.isDirectory(path): return
        case ENOENT:
            guard let parent = FilePath.parent(of: path) else { throw FileError(path, "create directory", ENOENT) }
            try createDirectory(parent)
            guard SystemCall.makeDirectory(path, mode: 0o755) == 0 || (errno == EEXIST && SystemCall.isDirectory(path))
            else {
                throw FileError(path, "create directory", errno)
            }
        default: throw FileError(path, "create directory", errno)
        }
    }

    package func list(_ directory: String) throws(FileError) -> [String] {
        guard let names = SystemCall.names(in: directory) else { throw FileError(directory, "list", errno) }
        return names.sorted()
    }

    package func exists(_ path: String) throws(FileError) -> Bool {
        if SystemCall.checkAccess(path, F_OK) == 0 { return true }
        guard errno == ENOENT || errno == ENOTDIR else { throw FileError(path, "look up", errno) }
        return false
    }

    package func create(_ path: String) throws(FileError) -> any WritableFile {
        let descriptor = try Descriptor(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND, operation: "create")
        return POSIXWritableFile(descriptor, byteCount: 0)
    }

    package func openForAppending(_ path: String) throws(FileError) -> any WritableFile {
        let descriptor = try Descriptor(path, O_WRONLY | O_APPEND, operation: "open for writing")
        return POSIXWritableFile(descriptor, byteCount: try descriptor.fileByteCount())
    }

    package func open(_ path: String) throws(FileError) -> any ReadableFile {
        let descriptor = try Descriptor(path, O_RDONLY, operation: "open")
        return POSIXReadableFile(descriptor, byteCount: try descriptor.fileByteCount())
    }

    package func rename(_ source: String, to target: String) throws(FileError) {
        guard SystemCall.renameFile(source, to: target) == 0 else {
            throw FileError(path: source, operation: "rename", code: errno, detail: "to \(target)")
        }
    }

    package func link(_ source: String, to target: String) throws(FileError) {
        guard SystemCall.linkFile(source, to: target) != 0 else { return }
        switch errno {
        case EPERM, EOPNOTSUPP, ENOSYS, EXDEV, EMLINK: try copy(source, to: target)
        default: throw FileError(path: source, operation: "link", code: errno, detail: "to \(target)")
        }
    }

    package func remove(_ path: String) throws(FileError) {
        guard SystemCall.removeFile(path) != 0 else { return }
        let code = errno
        guard code == EISDIR || code == EPERM, SystemCall.isDirectory(path) else {
            throw FileError(path, "remove", code)
        }
        guard SystemCall.removeDirectory(path) == 0 else { throw FileError(path, "remove", errno) }
    }

    package func syncDirectory(_ directory: String) throws(FileError) {
        let descriptor = try Descriptor(directory, O_RDONLY | O_DIRECTORY, operation: "sync directory")
        guard descriptor.retrying({ fsync($0) }) == 0 else { throw FileError(directory, "sync directory", errno) }
    }

    package func lock(_ path: String) throws(FileError) -> any FileLock {
        let descriptor = try Descriptor(path, O_RDWR | O_CREAT, operation: "lock")
        guard descriptor.retrying({ flock($0, LOCK_EX | LOCK_NB) }) == 0 else {
            let code = errno
            let holder = code == EWOULDBLOCK ? descriptor.firstLine() : ""
            throw FileError(
                path: path, operation: "lock", code: code, detail: holder.isEmpty ? "" : "held by process \(holder)")
        }
        // A release empties the file.
        let wasAbandoned = !descriptor.firstLine().isEmpty
        descriptor.replaceContents(with: "\(getpid())\n")
        return POSIXFileLock(descriptor, wasAbandoned: wasAbandoned)
    }

    /// Takes a shared lock on `path`, which keeps others from taking the exclusive one; any number of holders can have
    /// it at once. Writes nothing. If the lock's file does not exist, nobody has ever taken the lock, and nothing is
    /// locked.
    package func sharedLock(_ path: String) throws(FileError) -> any FileLock {
        guard try exists(path) else { return MemoryLock {} }
        let descriptor = try Descriptor(path, O_RDONLY, operation: "lock")
        guard descriptor.retrying({ flock($0, LOCK_SH | LOCK_NB) }) == 0 else {
            let code = errno
            let holder = code == EWOULDBLOCK ? descriptor.firstLine() : ""
            throw FileError(
                path: path, operation: "lock", code: code, detail: holder.isEmpty ? "" : "held by process \(holder)")
        }
        return MemoryLock { descriptor.close() }
    }

    package func freeBytes(at path: String) throws(FileError) -> UInt64 {
        let status = try status(of: path, "ask for free space")
        return UInt64(status.f_bavail) * UInt64(status.f_frsize)
    }

    package func totalBytes(at path: String) throws(FileError) -> UInt64 {
        let status = try status(of: path, "ask for the disk's size")
        return UInt64(status.f_blocks) * UInt64(status.f_frsize)
    }

    private func status(of path: String, _ operation: String) throws(FileError) -> statvfs {
        var status = statvfs()
        while SystemCall.fileSystemStatus(path, &status) != 0 {
            guard errno == EINTR else { throw FileError(path, operation, errno) }
        }
        return status
    }

    package func identity(of path: String) throws(FileError) -> FileIdentity? {
        var status = stat()
        while SystemCall.fileStatus(path, &status) != 0 {
            switch errno {
            case EINTR: continue
            case ENOENT, ENOTDIR: return nil
            default: throw FileError(path, "look up", errno)
            }
        }
        return FileIdentity(device: UInt64(status.st_dev), number: UInt64(status.st_ino))
    }

    package func checkWritable(_ path: String) throws(FileError) {
        while SystemCall.checkAccess(path, W_OK) != 0 {
            guard errno == EINTR else { throw FileError(path, "check", errno) }
        }
    }

    /// Copies a file to a new name, synced; if that fails, removes the copy.
    private func copy(_ source: String, to target: String) throws(FileError) {
        let input = try open(source)
        let output = try create(target)
        do {
            var buffer = [UInt8](repeating: 0, count: 1 << 20)
            var offset: UInt64 = 0
            while true {
                var span = buffer.mutableSpan
                var bytes = span.rawMutableBytes
                let count = try input.read(at: offset, into: &bytes)
                guard count > 0 else { break }
                try output.writeAll(buffer.span.rawBytes.extracting(first: count))
                offset += UInt64(count)
            }
            try output.sync()
            output.close()
        } catch {
            output.close()
            _ = SystemCall.removeFile(target)
            throw error
        }
    }
}

/// Takes file paths apart.
package enum FilePath {
    /// Returns the directory that `path` is in, or nil for a single name and for the root.
    package static func parent(of path: String) -> String? {
        var bytes = Array(path.utf8)
        while bytes.count > 1, bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")), bytes.count > 1 else { return nil }
        return slash == 0 ? "/" : String(decoding: bytes[..<slash], as: UTF8.self)
    }

    /// Returns the last name of `path`.
    package static func name(of path: String) -> String {
        String(path.split(separator: "/", omittingEmptySubsequences: true).last ?? "")
    }

    /// Returns `path` without a trailing or doubled slash or a lone dot, and "" for the current directory: the form in
    /// which a file system that is a table of names looks it up.
    package static func normalized(_ path: String) -> String {
        let parts = path.split(separator: "/", omittingEmptySubsequences: true).filter { $0 != "." }.joined(
            separator: "/")
        return path.hasPrefix("/") ? "/" + parts : parts
    }
}

extension FileError {
    /// Creates an error without a detail.
    init(_ path: String, _ operation: String, _ code: Int32) {
        self.init(path: path, operation: operation, code: code)
    }
}
