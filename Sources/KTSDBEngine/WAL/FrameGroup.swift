internal import CLibrary
internal import KTSDBModel

/// Work for a group of commits that two threads do by calling it at once; it is done when both calls have returned.
typealias ReplayWork = @Sendable () -> Void

/// Commits that follow each other in the log, decoded; the memory is used again for the next group.
///
/// All of them are in blocks already, or none.
///
/// `@unchecked Sendable`: it is passed from thread to thread, and used by one at a time.
final class FrameGroup: @unchecked Sendable {
    private final class Slot { var frame = LogFrame() }

    private var slots: [Slot] = []
    /// The number of commits.
    private(set) var count = 0
    /// Samples of all commits.
    private(set) var sampleCount = 0
    /// Whether the commits are in blocks already.
    fileprivate(set) var isSealed = false
    /// Why not all of them could be read.
    fileprivate(set) var failure: LogError?

    /// Groups have at most so many commits.
    private static let frameLimit = 1024
    /// A frame with more samples gives its memory back.
    private static let keptSamples = 1 << 15

    subscript(index: Int) -> LogFrame {
        _read {
            precondition(index < count, "A group has no such commit.")
            yield slots[index].frame
        }
    }

    /// Divides commits into groups of up to `byteLimit` bytes, or one that has more.
    static func ranges(of commits: [LogPlan.Commit], sealedThrough: UInt64, byteLimit: Int) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var first = 0, byteCount = 0
        for (index, commit) in commits.enumerated() {
            let isApart =
                byteCount + commit.frame.byteCount > byteLimit || index - first == frameLimit
                || (commit.frame.sequence > sealedThrough) != (commits[first].frame.sequence > sealedThrough)
            if index > first, isApart {
                ranges.append(first..<index)
                (first, byteCount) = (index, 0)
            }
            byteCount += commit.frame.byteCount
        }
        if first < commits.count { ranges.append(first..<commits.count) }
        return ranges
    }

    fileprivate func removeAll() {
        for slot in slots[..<count] where slot.frame.ids.count > Self.keptSamples { slot.frame = LogFrame() }
        (count, sampleCount, failure) = (0, 0, nil)
    }

    /// Adds a commit that `decode` reads.
    fileprivate func append(_ decode: (inout LogFrame) throws(LogError) -> Void) throws(LogError) {
        if count == slots.count { slots.append(Slot()) }
        try decode(&slots[count].frame)
        sampleCount += slots[count].frame.ids.count
        count += 1
    }
}

/// Reads the frames of a log that has been scanned.
///
/// `@unchecked Sendable`: used by one thread at a time.
final class FrameDecoder: @unchecked Sendable {
    private let fileSystem: any FileSystem
    private let scans: [LogScan]
    private let commits: [LogPlan.Commit]
    private let sealedThrough: UInt64
    private let skipsSealedSamples: Bool
    /// The bytes of the segment that was read last.
    private var buffer = FieldBuffer()
    private var bufferedSegment: UInt64?

    /// Takes over a buffer with the bytes of `bufferedSegment`.
    init(
        _ fileSystem: any FileSystem, _ scans: [LogScan], _ commits: [LogPlan.Commit], sealedThrough: UInt64,
        skipsSealedSamples: Bool, buffer: inout FieldBuffer, _ bufferedSegment: UInt64?
    ) {
        self.fileSystem = fileSystem
        self.scans = scans
        self.commits = commits
        self.sealedThrough = sealedThrough
        self.skipsSealedSamples = skipsSealedSamples
        swap(&self.buffer, &buffer)
        self.bufferedSegment = bufferedSegment
    }

    /// Makes `group` that of these commits, of which none or all are in blocks; its `failure` says why it could not be.
    func decode(_ range: Range<Int>, into group: FrameGroup) {
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

    /// Makes the segment's bytes the buffer's.
    private func load(_ scan: LogScan) throws(LogError) {
        guard bufferedSegment != scan.number else { return }
        bufferedSegment = nil
        do throws(FileError) {
            let file = try fileSystem.open(scan.path)
            buffer.removeAll()
            try buffer.append(file, byteCount: Int(clamping: file.byteCount))
        } catch { throw LogError(error) }
        bufferedSegment = scan.number
    }

    private func decode(
        _ frame: LogScan.Frame, of scan: LogScan, _ buffer: borrowing FieldBuffer, isSealed: Bool,
        into decoded: inout LogFrame
    ) throws(LogError) {
        let end = frame.offset + frame.byteCount
        // The file was read a second time, so its bytes are checked a second time.
        guard end <= buffer.count, let header = FrameHeader(at: frame.offset, of: buffer.bytes, seed: nil) else {
            throw .failed(FileError(scan.path, "read", EIO))
        }
        let body = buffer.bytes.extracting((frame.offset + FrameHeader.byteCount)..<end)
        guard header.sequence == frame.sequence, body.crc32c() == header.bodyChecksum else {
            throw .failed(FileError(scan.path, "read", EIO))
        }
        guard
            decoded.decode(
                body: body, header: header, isSealed: isSealed, skipsSamples: isSealed && skipsSealedSamples)
        else {
            throw .malformed(path: scan.path, offset: UInt64(frame.offset))
        }
    }
}
