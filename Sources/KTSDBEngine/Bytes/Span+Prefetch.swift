internal import CKernels

extension RawSpan {
    /// Hints that the bytes at `offset` will be read soon. The offset may be out of bounds.
    @inline(__always)
    func prefetch(_ offset: Int) {
        // SAFETY: nothing is read, and prefetching an unmapped address does nothing.
        unsafe withUnsafeBytes { bytes in
            if let start = bytes.baseAddress { unsafe ktsdb_prefetch(start + offset) }
        }
    }
}

extension Span where Element: BitwiseCopyable {
    /// Hints that the element at `index` will be read soon. The index may be out of bounds.
    @inline(__always)
    func prefetch(_ index: Int) {
        // SAFETY: nothing is read, and prefetching an unmapped address does nothing.
        unsafe withUnsafeBufferPointer { elements in
            if let start = elements.baseAddress { unsafe ktsdb_prefetch(start + index) }
        }
    }
}
