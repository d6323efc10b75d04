/// Finds a database's number, which ties its files together, without its MANIFEST.
enum DatabaseIdentity {
    /// Reads the beginnings of all segments of the log and of all checkpoints, and returns the number that most of them
    /// have. Returns nil without such files: blocks do not have the number.
    static func find(_ files: any FileSystem, _ path: String) throws(FileError) -> UInt64? {
        var counts: [UInt64: Int] = [:]
        for name in try names(files, FileName.directory(path, .log), ".log") {
            guard let bytes = try beginning(files, "\(path)/wal/\(name)", SegmentHeader.byteCount) else { continue }
            if case .header(let header) = SegmentHeader.read(unsafe bytes.span.bytes) {
                counts[header.databaseID, default: 0] += 1
            }
        }
        for name in try names(files, FileName.directory(path, .checkpoints), ".samples") {
            guard let bytes = try beginning(files, "\(path)/checkpoints/\(name)", SamplesHeader.byteCount + 4),
                let header = unsafe SamplesHeader.checked(bytes.span.bytes)
            else { continue }
            counts[header.databaseID, default: 0] += 1
        }
        return counts.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key
    }

    /// Returns the names of the files that have this ending.
    private static func names(
        _ files: any FileSystem, _ directory: String, _ ending: String
    ) throws(FileError) -> [String] {
        guard try files.exists(directory) else { return [] }
        return try files.list(directory).filter { $0.hasSuffix(ending) }
    }

    private static func beginning(
        _ files: any FileSystem, _ path: String, _ count: Int
    ) throws(FileError) -> [UInt8]? {
        let file = try files.open(path)
        guard file.byteCount >= UInt64(count) else { return nil }
        var bytes = [UInt8](repeating: 0, count: count)
        var span = bytes.mutableSpan
        var raw = unsafe span.mutableBytes
        return try file.read(at: 0, into: &raw) == count ? bytes : nil
    }
}
