internal import KTSDBModel

/// Finds a database's number, which ties its files together, without its MANIFEST.
enum DatabaseIdentity {
    /// Reads the beginnings of all segments of the log and of all checkpoints, and returns the number that most of them
    /// have. Returns nil without such files: blocks do not have the number.
    static func find(_ files: any FileSystem, _ path: String) throws(FileError) -> UInt64? {
        var counts: [UInt64: Int] = [:]
        for name in try names(files, FileName.directory(path, .log), .segment) {
            guard let bytes = try beginning(files, "\(FileName.directory(path, .log))/\(name)", SegmentHeader.byteCount)
            else { continue }
            if case .header(let header) = SegmentHeader.read(bytes.span.rawBytes) {
                counts[header.databaseID, default: 0] += 1
            }
        }
        for name in try names(files, FileName.directory(path, .checkpoints), .samples) {
            guard
                let bytes = try beginning(
                    files, "\(FileName.directory(path, .checkpoints))/\(name)", SamplesHeader.byteCount + 4),
                let header = SamplesHeader.checked(bytes.span.rawBytes)
            else { continue }
            counts[header.databaseID, default: 0] += 1
        }
        return counts.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key
    }

    /// Returns the names of the files of this kind.
    private static func names(
        _ files: any FileSystem, _ directory: String, _ kind: FileName.Kind
    ) throws(FileError) -> [String] {
        guard try files.exists(directory) else { return [] }
        return try files.list(directory).filter { FileName.number(kind, $0) != nil }
    }

    private static func beginning(
        _ files: any FileSystem, _ path: String, _ count: Int
    ) throws(FileError) -> [UInt8]? {
        let file = try files.open(path)
        guard file.byteCount >= UInt64(count) else { return nil }
        var bytes = [UInt8](repeating: 0, count: count)
        var span = bytes.mutableSpan
        var raw = span.rawMutableBytes
        return try file.read(at: 0, into: &raw) == count ? bytes : nil
    }
}
