internal import CKernels

/// The memory allocator of the process.
package enum HeapMemory {
    /// Limits the heaps that threads share to `count`, at least 1. Call it before the process starts threads.
    ///
    /// By default each thread gets its own heap, up to eight for each processor, and each heap keeps what its largest
    /// piece of work needed: remote write on eight threads held 7 MB more in empty heaps.
    package static func limitArenas(to count: Int) { ktsdb_limit_heap_arenas(Int32(clamping: max(1, count))) }

    /// Returns free pages to the system.
    package static func releaseFreePages() { ktsdb_release_free_memory() }
}
