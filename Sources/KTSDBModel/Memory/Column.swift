/// A growing run of plain values: one allocation that at least doubles when it is full, and is kept from use to use.
///
/// No reference count, no copy on write. `@frozen` and `@inlinable` throughout: unspecialised generic code would cost
/// several times the work that is done per element.
@safe @frozen
public struct Column<Element: BitwiseCopyable>: ~Copyable {
    // SAFETY: `storage` is this value's alone, allocated by `init` or `grow`, freed by `deinit` or `grow`; its first
    // `initialized` elements are written, and these are no more than it has room for.
    @usableFromInline var storage: UnsafeMutableBufferPointer<Element>
    @usableFromInline var initialized = 0

    /// The number of elements.
    @inlinable
    public var count: Int { initialized }

    /// Whether there are no elements.
    @inlinable
    public var isEmpty: Bool { initialized == 0 }

    /// The number of elements that there is room for.
    @inlinable
    package var capacity: Int {
        // SAFETY: only the count is read.
        unsafe storage.count
    }

    /// Creates an empty column with room for `capacity` elements.
    @inlinable
    public init(capacity: Int = 0) {
        // SAFETY: the invariant begins here.
        unsafe storage = .allocate(capacity: capacity)
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
        // SAFETY: the memory is this value's alone; plain values need no deinitialisation.
        unsafe storage.deallocate()
    }

    /// The elements, for reading.
    @inlinable
    public var span: Span<Element> {
        @_lifetime(borrow self)
        borrowing get {
            // SAFETY: the first `initialized` elements are written, and stay while self is borrowed.
            let span = unsafe Span(_unsafeElements: UnsafeBufferPointer(start: storage.baseAddress, count: initialized))
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// The elements, for writing.
    @inlinable
    public var mutableSpan: MutableSpan<Element> {
        @_lifetime(&self)
        mutating get {
            // SAFETY: as for `span`; the exclusive borrow of self forbids other access meanwhile.
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

    /// The element at `index`, which the caller knows to be in `0..<count`.
    @inlinable @unsafe
    package subscript(unchecked index: Int) -> Element {
        @inline(__always)
        get {
            assert(index >= 0 && index < initialized)
            // SAFETY: what the caller promises.
            return unsafe storage.baseAddress.unsafelyUnwrapped[index]
        }
        @inline(__always)
        set {
            assert(index >= 0 && index < initialized)
            // SAFETY: what the caller promises.
            unsafe storage.baseAddress.unsafelyUnwrapped[index] = newValue
        }
    }

    /// Appends `count` elements that are still to be written, and returns where; there is room for `extra` more after
    /// them.
    ///
    /// The address holds until the column is used again.
    @inlinable
    @unsafe
    package mutating func unsafeExtend(by count: Int, extra: Int) -> UnsafeMutablePointer<Element> {
        MemoryBounds.checkCount(count)
        MemoryBounds.checkCount(extra)
        reserve(initialized + count + extra)
        // SAFETY: there is room from there on; the caller writes before anyone reads.
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

    /// Appends one element, for which the caller knows that there is room.
    @inlinable @inline(__always) @unsafe
    package mutating func append(unchecked element: Element) {
        assert(initialized < capacity)
        // SAFETY: what the caller promises.
        unsafe (storage.baseAddress.unsafelyUnwrapped + initialized).initialize(to: element)
        initialized &+= 1
    }

    /// Appends all of `elements`.
    @inlinable
    public mutating func append(_ elements: Span<Element>) {
        guard elements.count > 0 else { return }
        reserve(initialized + elements.count)
        // SAFETY: `reserve` made room after what is written; a span of the column itself cannot be alive here.
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
        // SAFETY: `reserve` made room after what is written.
        unsafe (storage.baseAddress! + initialized).initialize(repeating: element, count: count)
        initialized += count
    }

    /// Drops all elements from `count` on: fewer came than were announced.
    @inlinable
    public mutating func truncate(to count: Int) {
        MemoryBounds.checkLength(count, initialized)
        initialized = count
    }

    /// Drops `count` elements from `index` on; those after them move.
    @inlinable
    package mutating func remove(_ count: Int, at index: Int) {
        guard count != 0 else { return }
        MemoryBounds.checkLength(index, initialized)
        MemoryBounds.checkLength(count, initialized &- index)
        // SAFETY: both runs are within what is written; `update` allows that they overlap.
        let start = unsafe storage.baseAddress.unsafelyUnwrapped + index
        unsafe start.update(from: start + count, count: initialized &- index &- count)
        initialized &-= count
    }

    /// Drops all elements and keeps the memory.
    @inlinable
    public mutating func removeAll() { initialized = 0 }

    /// Makes room for `count` elements in all, at least doubling when it has to grow.
    @inlinable
    public mutating func reserve(_ count: Int) {
        // SAFETY: only the count is read.
        guard unsafe count > storage.count else { return }
        grow(to: count)
    }

    @inlinable @inline(never)
    mutating func grow(to count: Int) {
        // SAFETY: `larger` is fresh and larger than what is written; nobody else knows the old memory.
        let larger = unsafe UnsafeMutableBufferPointer<Element>.allocate(capacity: max(count, storage.count * 2))
        if initialized > 0 {
            unsafe larger.baseAddress!.initialize(from: storage.baseAddress!, count: initialized)
        }
        unsafe storage.deallocate()
        unsafe storage = larger
    }

    /// Traps unless the invariant holds.
    package func checkInvariants() {
        MemoryBounds.checkLength(initialized, capacity)
        // SAFETY: the address is compared only.
        precondition(unsafe storage.baseAddress != nil, "A column of \(initialized) elements has no memory.")
    }
}

extension Column where Element: Numeric {
    /// Appends `extra` zeros and returns them to be written: one call per chunk, never per sample.
    @inlinable
    @_lifetime(&self)
    public mutating func extend(by extra: Int) -> MutableSpan<Element> {
        append(repeating: 0, count: extra)
        // SAFETY: the last `extra` elements are written; the exclusive borrow of self forbids other access meanwhile.
        let span = unsafe MutableSpan(
            _unsafeElements: UnsafeMutableBufferPointer(
                start: storage.baseAddress.unsafelyUnwrapped + (initialized - extra), count: extra))
        return unsafe _overrideLifetime(span, mutating: &self)
    }
}

// The only owner of its memory, not copyable; nothing is shared.
extension Column: @unchecked Sendable where Element: Sendable {}
