internal import CKernels

/// The memory allocator of the process.
package enum HeapMemory {
    /// Lets threads share at most `count` heaps, for a process that calls this before it starts threads.
    ///
    /// Each thread otherwise gets a heap of its own, up to eight for each processor, and each keeps what its largest
    /// piece of work needed: remote write on eight threads held 7 MB more in heaps that were empty.
    package static func limitArenas(to count: Int) { ktsdb_limit_heap_arenas(Int32(clamping: max(1, count))) }

    /// Hands free pages back to the system.
    static func releaseFreePages() { ktsdb_release_free_memory() }
}
