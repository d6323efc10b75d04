/// What opening a database found in its write-ahead log.
public struct LogReport: Hashable, Sendable, CustomStringConvertible {
    /// The number of segments that were read: those with commits that the checkpoint does not have.
    public var segments = 0
    /// The commits that were read back, and the samples in them.
    public var replayedCommits = 0, replayedSamples = 0
    /// Commits in the log that were already in blocks, and so were not read back.
    public var sealedCommits = 0
    /// The last commit that was read back or is in blocks or in the checkpoint; 0 in an empty database.
    public var lastSequence: UInt64 = 0
    /// What was cut off at the log's end; nil when it ended cleanly.
    public var cutTail: CutTail?
    /// What was damaged before commits that are intact; empty in a healthy log.
    public var damage: [Damage] = []
    /// Segments that were set aside: their readable commits come after missing ones, or nothing in them is readable.
    public var setAside: [SetAsideFile] = []

    /// Creates a report about an empty log.
    public init() {}

    /// The end of a log that no sync had covered when the process or the machine stopped.
    ///
    /// Nothing in it is known to have been acknowledged as durable. Commits that were acknowledged as buffered may be
    /// lost with it, always the last ones.
    public struct CutTail: Hashable, Sendable {
        /// The first commit that was cut off.
        public var firstSequence: UInt64
        /// How many commits could be recognised in the tail, whole or in part.
        public var commits: Int
        /// The number of bytes that were cut off.
        public var byteCount: UInt64
    }

    /// A part of the log that cannot be read although it was once on the disk.
    public struct Damage: Hashable, Sendable {
        /// The segment's number, and its file.
        public var segment: UInt64, path: String
        /// The damaged bytes in the file; empty if the file is missing altogether.
        public var bytes: Range<UInt64>
        /// The commits that are lost with it; nil when none are lost.
        public var sequences: ClosedRange<UInt64>?
        /// Whether the lost commits are all in blocks or in the checkpoint, so that no sample is lost.
        public var isSealed: Bool
        /// What was found.
        public var reason: Reason
    }

    /// The kinds of damage.
    public enum Reason: String, Hashable, Sendable {
        /// The beginning of the segment does not match its checksum.
        case segmentHeader
        /// The segment belongs to another database, or has another number than its name says.
        case foreignSegment
        /// Bytes that are not a frame.
        case frameHeader
        /// A frame whose content does not match its checksum.
        case frameBody
        /// Commits that should be there are in no segment.
        case missing
        /// The newest segment is missing, although it was on the disk.
        case missingSegment
    }

    /// The report as sentences, one per line; the first says how many commits were replayed.
    public var description: String {
        var lines = [
            "\(replayedCommits) commits with \(replayedSamples) samples were read from \(segments) log segments."
        ]
        if let cutTail {
            lines.append(
                "The log's end was not known to be on the disk and was cut off from commit \(cutTail.firstSequence) on: "
                    + "\(cutTail.commits) commits, \(cutTail.byteCount) bytes, not known to be acknowledged as durable."
            )
        }
        for damage in damage { lines.append(damage.description) }
        lines += setAside.map(\.description)
        return lines.joined(separator: "\n")
    }
}

extension LogReport.Damage: CustomStringConvertible {
    /// The damage as a sentence: where, what, and which commits are lost.
    public var description: String {
        let place = bytes.isEmpty ? path : "\(path), bytes \(bytes.lowerBound)..<\(bytes.upperBound)"
        let what =
            switch reason {
            case .segmentHeader: "the segment's header is damaged"
            case .foreignSegment: "the segment does not belong here and was left alone"
            case .frameHeader: "no frame can be read here"
            case .frameBody: "a frame's content is damaged"
            case .missing: "commits are missing"
            case .missingSegment: "the newest segment of the log is gone"
            }
        if reason == .missingSegment { return "\(place): \(what); the commits in it that were in no block are lost." }
        guard let sequences else { return "\(place): \(what); no commit is lost." }
        let isOne = sequences.count == 1
        let commits =
            isOne ? "commit \(sequences.lowerBound)" : "commits \(sequences.lowerBound) to \(sequences.upperBound)"
        let fate =
            isSealed
            ? "cannot be read, but \(isOne ? "is" : "are") stored elsewhere" : isOne ? "is lost" : "are lost"
        return "\(place): \(what); \(commits) \(fate)."
    }
}
