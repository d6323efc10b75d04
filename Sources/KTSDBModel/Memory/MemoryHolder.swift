/// What holds memory, as a ``MemoryLedger`` counts it.
@nonexhaustive
public enum MemoryHolder: String, Hashable, Sendable, CaseIterable {
    /// Encoded samples that are not in blocks, and samples that wait to be encoded. Whole pages and buffers count, even
    /// if parts of them were never touched.
    case samples
    /// The series in memory: labels, index and state. Estimated from the sizes of tables.
    case series
    /// Exemplars, metadata and records. Estimated from the sizes of what they store.
    case sideData = "side data"
    /// Frames of the log that are not known to be synced.
    case log
    /// Pages of blocks that are kept for readers.
    case pages
    /// Labels and times that blocks keep of their index. Estimated from their sizes.
    case blocks
    /// Buffers and index of the seal that is running. Estimated while samples are written.
    case seals
    /// Buffers and index of the compaction that is running. Estimated while samples are written.
    case compactions
    /// Samples that are being imported: those that wait to be sorted, their series, and the buffers of what is written.
    case imports
    /// What queries and other reads have reserved, and results that are not read to the end.
    case queries
    /// Bodies of requests that are being stored, and the buffers into which they are decoded.
    case requests
    /// Bodies of targets that are longer than usual.
    case scrapes
    /// What of the process' own memory no other holder counts: the program, threads, free memory that the allocator
    /// keeps. Only if someone reports the process' memory (``MemoryLedger/noteProcess(bytes:)``).
    case other
}
