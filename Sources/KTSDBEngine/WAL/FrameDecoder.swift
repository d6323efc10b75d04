internal import CLibrary

/// Reads the frames of a log that has already been scanned.
///
/// `@unchecked Sendable`: used by one thread at a time.
final class FrameDecoder<Body: LoggedBody & ~Copyable>: @unchecked Sendable {
    private let fileSystem: any FileSystem
    private let scans: [LogScan]
    private let commits: [LogPlan.PlannedCommit]
    private let sealedThrough: UInt64
    private let skipsSealedRows: Bool
    /// The bytes of the segment that was read last.
    private var buffer = FieldBuffer()
    private var bufferedSegment: UInt64?

    /// Takes over a buffer that holds the bytes of `bufferedSegment`.
    init(
        _ fileSystem: any FileSystem, _ scans: [LogScan], _ commits: [LogPlan.PlannedCommit], sealedThrough: UInt64,
        skipsSealedRows: Bool, buffer: inout FieldBuffer, _ bufferedSegment: UInt64?
    ) {
        self.fileSystem = fileSystem
        self.scans = scans
        self.commits = commits
        self.sealedThrough = sealedThrough
        self.skipsSealedRows = skipsSealedRows
        swap(&self.buffer, &buffer)
        self.bufferedSegment = bufferedSegment
    }

    /// Fills `group` with these commits, of which either all or none are in blocks; its `failure` says why that was not
    /// possible.
    func decode(_ range: Range<Int>, into group: FrameGroup<Body>) {
        group.removeAll()
        group.isSealed = commits[range.lowerBound].frame.sequence <= sealedThrough
        do throws(LogError) {
            for index in range {
                let (frame, scan) = (commits[index].frame, scans[commits[index].segment])
                try load(scan)
                try group.append { (decoded) throws(LogError) in
                    try decode(frame, of: scan, buffer, isSealed: group.isSealed, into: &decoded)
                }
            }
        } catch { group.failure = error }
    }

    /// Reads the segment's bytes into the buffer.
    private func load(_ scan: LogScan) throws(LogError) {
        guard bufferedSegment != scan.number else { return }
        bufferedSegment = nil
        do throws(FileError) {
            let file = try fileSystem.open(scan.path)
            buffer.removeAll()
            try buffer.append(file, from: scan.start, byteCount: Int(clamping: file.byteCount) - scan.start)
        } catch { throw LogError(error) }
        bufferedSegment = scan.number
    }

    private func decode(
        _ frame: LogScan.Frame, of scan: LogScan, _ buffer: borrowing FieldBuffer, isSealed: Bool,
        into decoded: inout Body
    ) throws(LogError) {
        let first = frame.offset - scan.start, end = first + frame.byteCount
        // The file was read a second time, so its bytes are checked a second time.
        guard end <= buffer.count, let header = FrameHeader(at: first, of: buffer.bytes, seed: nil) else {
            throw .failed(FileError(scan.path, "read", EIO))
        }
        let body = buffer.bytes.extracting((first + FrameHeader.byteCount)..<end)
        guard header.sequence == frame.sequence, body.crc32c() == header.bodyChecksum else {
            throw .failed(FileError(scan.path, "read", EIO))
        }
        guard
            decoded.decode(
                body, sequence: header.sequence, context: header.context, isSealed: isSealed,
                skipsRows: isSealed && skipsSealedRows)
        else {
            throw .malformed(path: scan.path, offset: UInt64(frame.offset))
        }
    }
}
