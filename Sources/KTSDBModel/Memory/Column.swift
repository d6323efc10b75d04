/// A growing array of plain values with one allocation, which is reused and at least doubles when it is full.
///
/// There is no reference count and no copy on write. Everything is `@frozen` and `@inlinable`, since unspecialized
/// generic code would cost several times the work per element.
@safe @frozen
public struct Column<Element: BitwiseCopyable>: ~Copyable {
    // SAFETY: only this value owns `storage`, which is allocated by `init` or `grow` and freed by `deinit` or `grow`.
    // Its first `initialized` elements are initialized, at most its capacity.
    @usableFromInline var storage: UnsafeMutableBufferPointer<Element>
    @usableFromInline var initialized = 0

    /// The number of elements.
    @inlinable
    public var count: Int { initialized }

    /// Whether there are no elements.
    @inlinable
    public var isEmpty: Bool { initialized == 0 }

    /// The number of elements there is room for.
    @inlinable
    package var capacity: Int {
        // SAFETY: only the count is read.
        unsafe storage.count
    }

    /// Creates an empty column with room for `capacity` elements.
    @inlinable
    public init(capacity: Int = 0) {
        // SAFETY: the invariant begins here. A column without room has no memory, so that it costs nothing.
        unsafe storage = capacity > 0 ? .allocate(capacity: capacity) : UnsafeMutableBufferPointer(start: nil, count: 0)
    }

    /// Creates a column of `count` elements that are all `element`.
    @inlinable
    package init(repeating element: Element, count: Int) {
        self.init(capacity: count)
        // SAFETY: there is room for `count` elements.
        unsafe storage.initialize(repeating: element)
        initialized = count
    }

    @inlinable
    deinit {
        // SAFETY: only this value owns the memory, and plain values need no deinitialization.
        unsafe storage.deallocate()
    }

    /// The elements, for reading.
    @inlinable
    public var span: Span<Element> {
        @_lifetime(borrow self)
        borrowing get {
            // SAFETY: the first `initialized` elements are initialized, and do not change while self is borrowed.
            let span = unsafe Span(_unsafeElements: UnsafeBufferPointer(start: storage.baseAddress, count: initialized))
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// The elements, for writing.
    @inlinable
    public var mutableSpan: MutableSpan<Element> {
        @_lifetime(&self)
        mutating get {
            // SAFETY: as for `span`, and the exclusive borrow of self forbids other access meanwhile.
            let span = unsafe MutableSpan(
                _unsafeElements: UnsafeMutableBufferPointer(start: storage.baseAddress, count: initialized))
            return unsafe _overrideLifetime(span, mutating: &self)
        }
    }

    /// The element at `index`.
    @inlinable
    public subscript(index: Int) -> Element {
        @inline(__always)
        get {
            MemoryBounds.check(index, initialized)
            // SAFETY: checked above.
            return unsafe storage.baseAddress.unsafelyUnwrapped[index]
        }
        @inline(__always)
        set {
            MemoryBounds.check(index, initialized)
            // SAFETY: checked above.
            unsafe storage.baseAddress.unsafelyUnwrapped[index] = newValue
        }
    }

    /// The element at `index`. The caller guarantees that `index` is in `0..<count`.
    @inlinable @unsafe
    package subscript(unchecked index: Int) -> Element {
        @inline(__always)
        get {
            assert(index >= 0 && index < initialized)
            // SAFETY: the caller guarantees it.
            return unsafe storage.baseAddress.unsafelyUnwrapped[index]
        }
        @inline(__always)
        set {
            assert(index >= 0 && index < initialized)
            // SAFETY: the caller guarantees it.
            unsafe storage.baseAddress.unsafelyUnwrapped[index] = newValue
        }
    }

    /// Appends `count` uninitialized elements, with room for `extra` more after them, and returns their address. The
    /// caller must write them before they are read.
    ///
    /// The address is valid until the column is used again.
    @inlinable
    @unsafe
    package mutating func unsafeExtend(by count: Int, extra: Int) -> UnsafeMutablePointer<Element> {
        MemoryBounds.checkCount(count)
        MemoryBounds.checkCount(extra)
        reserve(max(1, initialized + count + extra))
        // SAFETY: there is room from there on, and the caller writes the elements before they are read.
        let fresh = unsafe storage.baseAddress! + initialized
        initialized += count
        return unsafe fresh
    }

    /// Appends one element.
    @inlinable @inline(__always)
    public mutating func append(_ element: Element) {
        // SAFETY: only the count is read.
        if _slowPath(unsafe initialized == storage.count) { reserve(max(16, initialized + 1)) }
        // SAFETY: there is room for one more.
        unsafe (storage.baseAddress.unsafelyUnwrapped + initialized).initialize(to: element)
        initialized &+= 1
    }

    /// Appends one element. The caller guarantees that there is room.
    @inlinable @inline(__always) @unsafe
    package mutating func append(unchecked element: Element) {
        assert(initialized < capacity)
        // SAFETY: the caller guarantees it.
        unsafe (storage.baseAddress.unsafelyUnwrapped + initialized).initialize(to: element)
        initialized &+= 1
    }

    /// Appends all of `elements`.
    @inlinable
    public mutating func append(_ elements: Span<Element>) {
        guard elements.count > 0 else { return }
        reserve(initialized + elements.count)
        // SAFETY: `reserve` made room after the elements. A span of the column itself cannot be alive here.
        unsafe elements.withUnsafeBufferPointer { source in
            unsafe (storage.baseAddress! + initialized).initialize(from: source.baseAddress!, count: source.count)
        }
        initialized += elements.count
    }

    /// Appends `element` `count` times.
    @inlinable
    package mutating func append(repeating element: Element, count: Int) {
        MemoryBounds.checkCount(count)
        guard count > 0 else { return }
        reserve(initialized + count)
        // SAFETY: `reserve` made room after the elements.
        unsafe (storage.baseAddress! + initialized).initialize(repeating: element, count: count)
        initialized += count
    }

    /// Removes all elements from `count` on.
    @inlinable
    public mutating func truncate(to count: Int) {
        MemoryBounds.checkLength(count, initialized)
        initialized = count
    }

    /// Removes `count` elements from `index` on, and moves those after them.
    @inlinable
    package mutating func remove(_ count: Int, at index: Int) {
        guard count != 0 else { return }
        MemoryBounds.checkLength(index, initialized)
        MemoryBounds.checkLength(count, initialized &- index)
        // SAFETY: both runs are initialized elements, and `update` allows overlap.
        let start = unsafe storage.baseAddress.unsafelyUnwrapped + index
        unsafe start.update(from: start + count, count: initialized &- index &- count)
        initialized &-= count
    }

    /// Removes all elements and keeps the memory.
    @inlinable
    public mutating func removeAll() { initialized = 0 }

    /// Reserves room for `count` elements in total. The capacity at least doubles if it grows.
    @inlinable
    public mutating func reserve(_ count: Int) {
        // SAFETY: only the count is read.
        guard unsafe count > storage.count else { return }
        grow(to: count)
    }

    @inlinable @inline(never)
    mutating func grow(to count: Int) {
        // SAFETY: `larger` is fresh and has room for all elements, and nothing else refers to the old memory.
        let larger = unsafe UnsafeMutableBufferPointer<Element>.allocate(capacity: max(count, storage.count * 2))
        if initialized > 0 {
            unsafe larger.baseAddress!.initialize(from: storage.baseAddress!, count: initialized)
        }
        unsafe storage.deallocate()
        unsafe storage = larger
    }

    /// Traps if the invariant does not hold.
    package func checkInvariants() {
        MemoryBounds.checkLength(initialized, capacity)
        // SAFETY: the address is only compared.
        precondition(
            unsafe storage.baseAddress != nil || storage.count == 0,
            "A column of \(initialized) elements has no memory.")
    }
}

extension Column where Element: Numeric {
    /// Appends `extra` zeros and returns them for writing. Meant for one call per chunk, not per sample.
    @inlinable
    @_lifetime(&self)
    public mutating func extend(by extra: Int) -> MutableSpan<Element> {
        MemoryBounds.checkCount(extra)
        reserve(max(1, initialized + extra))
        // SAFETY: there is room for them. Not `append(repeating:)`: the compiler fills memory with a zero that it sees
        // in the fastest way.
        unsafe (storage.baseAddress.unsafelyUnwrapped + initialized).initialize(repeating: 0, count: extra)
        initialized += extra
        // SAFETY: the last `extra` elements are initialized, and the exclusive borrow of self forbids other access
        // meanwhile.
        let span = unsafe MutableSpan(
            _unsafeElements: UnsafeMutableBufferPointer(
                start: storage.baseAddress.unsafelyUnwrapped + (initialized - extra), count: extra))
        return unsafe _overrideLifetime(span, mutating: &self)
    }
}

// Not copyable, and the only owner of its memory, so nothing is shared.
extension Column: @unchecked Sendable where Element: Sendable {}
