internal import CLibrary
internal import KTSDBEngine
internal import KTSDBModel
internal import Synchronization

/// A file of the simulated disk, open for appending.
final class SimulatedWritableFile: WritableFile {
    private let system: SimulatedFileSystem
    private let file: Int
    private let path: String
    private let isClosed = Atomic(false)

    init(_ system: SimulatedFileSystem, file: Int, path: String) {
        self.system = system
        self.file = file
        self.path = path
    }

    var byteCount: UInt64 { system.byteCount(of: file) }

    func write(_ bytes: RawSpan) throws(FileError) -> Int {
        try checkOpen("write")
        let copy = bytes.array
        return try system.call("write", path, isSync: false) { [file, path] state, fault throws(FileError) in
            var count = min(copy.count, state.room ?? copy.count)
            if case .shortWrite(let limit) = fault { count = min(count, limit, max(0, copy.count - 1)) }
            guard count > 0 || copy.isEmpty else { throw SimulatedFileSystem.error(path, "write", ENOSPC) }
            state.disk.write(Array(copy.prefix(count)), to: file)
            return count
        }
    }

    func reserve(upTo byteCount: UInt64) { try? system.call("reserve", path) { _ in } }

    func allocate(_ byteCount: UInt64) throws(FileError) {
        try checkOpen("allocate")
        try system.call("allocate", path) { [file, path] state throws(FileError) in
            let more = max(0, Int(clamping: byteCount) - state.disk.files[file].byteCount)
            guard more <= state.room ?? more else { throw SimulatedFileSystem.error(path, "allocate", ENOSPC) }
            state.disk.files[file].allocated = Int(clamping: byteCount)
        }
    }

    func sync() throws(FileError) {
        try checkOpen("sync")
        try system.call("sync", path, isSync: true) { [file, path] state, fault throws(FileError) in
            switch fault {
            case .crash: break
            case .failedSync:
                state.disk.failSync(file)
                throw SimulatedFileSystem.error(path, "sync", EIO)
            case .shortWrite: throw SimulatedFileSystem.error(path, "sync", ENOSPC)
            case .error, nil: state.disk.sync(file)
            }
        }
    }

    func truncate(to byteCount: UInt64) throws(FileError) {
        try checkOpen("truncate")
        try system.call("truncate", path) { [file] state in state.disk.truncate(file, to: Int(byteCount)) }
    }

    func identity() throws(FileError) -> FileIdentity {
        if system.hasCrashed { throw SimulatedFileSystem.error(path, "look up", EIO) }
        return FileIdentity(device: 1, number: UInt64(file))
    }

    func close() { isClosed.store(true, ordering: .releasing) }

    private func checkOpen(_ operation: String) throws(FileError) {
        if isClosed.load(ordering: .acquiring) { throw SimulatedFileSystem.error(path, operation, EBADF) }
    }
}

/// A file of the simulated disk, open for reading.
final class SimulatedReadableFile: ReadableFile {
    private let system: SimulatedFileSystem
    private let file: Int
    private let path: String
    let byteCount: UInt64

    init(_ system: SimulatedFileSystem, file: Int, path: String, byteCount: UInt64) {
        self.system = system
        self.file = file
        self.path = path
        self.byteCount = byteCount
    }

    func read(at offset: UInt64, into bytes: inout MutableRawSpan) throws(FileError) -> Int {
        let wanted = bytes.byteCount
        let copy = try system.call("read", path) { [file] state in
            let live = state.disk.files[file].live
            let start = min(Int(clamping: offset), live.count)
            return Array(live[start..<min(live.count, start + wanted)])
        }
        for (index, byte) in copy.enumerated() { bytes.storeBytes(of: byte, toByteOffset: index, as: UInt8.self) }
        return copy.count
    }

    func map(at offset: UInt64, count: Int) throws(FileError) -> MappedRegion {
        try system.call("map", path) { [file, path] state throws(FileError) in
            let live = state.disk.files[file].live
            guard count >= 0, offset <= live.count, count <= live.count - Int(offset) else {
                throw SimulatedFileSystem.error(path, "map", EINVAL)
            }
            let part = Array(live[Int(offset)..<(Int(offset) + count)])
            let region = MappedRegion(copying: part.span.rawBytes)
            state.regions.append(.init(region: region, file: file, offset: Int(offset)))
            return region
        }
    }
}
