/// An array of plain values of fixed length: one allocation that never moves.
@safe @frozen @usableFromInline
package struct FixedArray<Element: BitwiseCopyable>: ~Copyable {
    // SAFETY: only this value owns `base`: `count` elements, all initialized by `init`, freed by `deinit`.
    @usableFromInline let base: UnsafeMutablePointer<Element>
    /// The number of elements.
    @usableFromInline package let count: Int

    /// Creates `count` elements that are all `element`.
    @inlinable
    package init(repeating element: Element, count: Int) {
        MemoryBounds.checkCount(count)
        self.count = count
        // SAFETY: establishes the invariant of `base`.
        unsafe base = .allocate(capacity: count)
        unsafe base.initialize(repeating: element, count: count)
    }

    @inlinable
    deinit {
        // SAFETY: only this value owns the memory, and plain values need no deinitialization.
        unsafe base.deallocate()
    }

    /// The elements, for reading.
    @inlinable
    package var span: Span<Element> {
        @_lifetime(borrow self)
        borrowing get {
            // SAFETY: all elements are initialized, and do not change while self is borrowed.
            let span = unsafe Span(_unsafeElements: UnsafeBufferPointer(start: base, count: count))
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// The elements, for writing.
    @inlinable
    package var mutableSpan: MutableSpan<Element> {
        @_lifetime(&self)
        mutating get {
            // SAFETY: as for `span`, and the exclusive borrow of self forbids other access meanwhile.
            let span = unsafe MutableSpan(_unsafeElements: UnsafeMutableBufferPointer(start: base, count: count))
            return unsafe _overrideLifetime(span, mutating: &self)
        }
    }

    /// The element at `index`.
    @inlinable
    package subscript(index: Int) -> Element {
        @inline(__always)
        get {
            MemoryBounds.check(index, count)
            // SAFETY: checked above.
            return unsafe base[index]
        }
        @inline(__always)
        _modify {
            MemoryBounds.check(index, count)
            // SAFETY: checked above.
            yield unsafe &base[index]
        }
    }

    /// The element at `index`. The caller guarantees that `index` is in `0..<count`.
    @inlinable @unsafe
    package subscript(unchecked index: Int) -> Element {
        @inline(__always)
        get {
            assert(index >= 0 && index < count)
            // SAFETY: the caller guarantees it.
            return unsafe base[index]
        }
        @inline(__always)
        set {
            assert(index >= 0 && index < count)
            // SAFETY: the caller guarantees it.
            unsafe base[index] = newValue
        }
    }
}

// Not copyable, and the only owner of its memory, so nothing is shared.
extension FixedArray: @unchecked Sendable where Element: Sendable {}
