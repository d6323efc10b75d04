/// A growing run of plain values; owned by the reader, filled by a source, reused for every series.
///
/// One allocation, no reference count, no copy on write. `@frozen` and `@inlinable` throughout: unspecialised generic
/// code would cost several times the work that is done per element.
@safe @frozen
public struct Column<Element: BitwiseCopyable & Numeric>: ~Copyable {
    @usableFromInline var storage: UnsafeMutableBufferPointer<Element>
    @usableFromInline var initialized = 0

    /// The number of elements.
    @inlinable
    public var count: Int { initialized }

    /// Whether there are no elements.
    @inlinable
    public var isEmpty: Bool { initialized == 0 }

    /// Creates an empty column with room for `capacity` elements.
    @inlinable
    public init(capacity: Int = 0) { unsafe storage = .allocate(capacity: capacity) }

    @inlinable
    deinit { unsafe storage.deallocate() }

    /// The elements, for reading.
    @inlinable
    public var span: Span<Element> {
        @_lifetime(borrow self)
        borrowing get {
            // SAFETY: the first `initialized` elements were written by `extend` or `append`.
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
        get {
            precondition(index >= 0 && index < initialized, "A column has no element at this index.")
            // SAFETY: checked above.
            return unsafe storage[index]
        }
        set {
            precondition(index >= 0 && index < initialized, "A column has no element at this index.")
            // SAFETY: checked above.
            unsafe storage[index] = newValue
        }
    }

    /// Appends `extra` zeros and returns them to be written: one call per chunk, never per sample.
    @inlinable
    @_lifetime(&self)
    public mutating func extend(by extra: Int) -> MutableSpan<Element> {
        precondition(extra >= 0, "A column cannot be extended by a negative count.")
        reserve(initialized + extra)
        // SAFETY: `reserve` made room; the new elements are initialised before they can be read.
        let fresh = unsafe UnsafeMutableBufferPointer(rebasing: storage[initialized..<(initialized + extra)])
        unsafe fresh.initialize(repeating: 0)
        initialized += extra
        let span = unsafe MutableSpan(_unsafeElements: fresh)
        return unsafe _overrideLifetime(span, mutating: &self)
    }

    /// Appends `count` elements that are still to be written, and returns where; there is room for `extra` more behind
    /// them.
    ///
    /// The address holds until the column is used again.
    @inlinable
    @unsafe
    package mutating func unsafeExtend(by count: Int, extra: Int) -> UnsafeMutablePointer<Element> {
        precondition(count >= 0 && extra >= 0, "A column cannot be extended by a negative count.")
        reserve(initialized + count + extra)
        let fresh = unsafe storage.baseAddress! + initialized
        initialized += count
        return unsafe fresh
    }

    /// Appends one element.
    @inlinable
    public mutating func append(_ element: Element) {
        if unsafe initialized == storage.count { reserve(max(16, initialized + 1)) }
        // SAFETY: there is room for one more.
        unsafe storage.initializeElement(at: initialized, to: element)
        initialized += 1
    }

    /// Appends one element, for which `reserve` made room.
    @inlinable
    @unsafe
    package mutating func unsafeAppend(_ element: Element) {
        unsafe storage.initializeElement(at: initialized, to: element)
        initialized += 1
    }

    /// Appends all of `elements`.
    @inlinable
    public mutating func append(_ elements: Span<Element>) {
        guard elements.count > 0 else { return }
        reserve(initialized + elements.count)
        // SAFETY: `reserve` made room behind what is initialised; a span of the column itself cannot be alive here.
        unsafe elements.withUnsafeBufferPointer { source in
            unsafe (storage.baseAddress! + initialized).initialize(from: source.baseAddress!, count: source.count)
        }
        initialized += elements.count
    }

    /// Drops all elements from `count` on: fewer came than were announced.
    @inlinable
    public mutating func truncate(to count: Int) {
        precondition(count >= 0 && count <= initialized, "A column can only be cut within its elements.")
        initialized = count
    }

    /// Drops all elements and keeps the memory.
    @inlinable
    public mutating func removeAll() { initialized = 0 }

    /// Makes room for `count` elements in all, at least doubling when it has to grow.
    @inlinable
    public mutating func reserve(_ count: Int) {
        guard unsafe count > storage.count else { return }
        let larger = unsafe UnsafeMutableBufferPointer<Element>.allocate(capacity: max(count, storage.count * 2))
        // SAFETY: `larger` is fresh and larger than what is initialised.
        if initialized > 0 {
            unsafe larger.baseAddress!.initialize(from: storage.baseAddress!, count: initialized)
        }
        unsafe storage.deallocate()
        unsafe storage = larger
    }
}
