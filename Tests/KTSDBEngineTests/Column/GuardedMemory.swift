import CLibrary

/// Memory with a page behind it that must not be touched: whoever reads or writes beyond the end is killed.
@safe
final class GuardedMemory {
    let start: UnsafeMutableRawPointer
    private let mapping: UnsafeMutableRawPointer
    private let byteCount: Int

    /// Memory of `count` bytes that ends where it must.
    init(byteCount count: Int) {
        let page = 4096, pages = (count + page - 1) / page + 1
        byteCount = pages * page
        unsafe mapping = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)!
        unsafe precondition(mapping != MAP_FAILED, "There is memory for a test.")
        unsafe mprotect(mapping + (pages - 1) * page, page, PROT_NONE)
        unsafe start = mapping + (pages - 1) * page - count
    }

    deinit { unsafe munmap(mapping, byteCount) }
}
