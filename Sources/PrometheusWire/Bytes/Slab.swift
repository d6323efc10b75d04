/// Plain values in one allocation that doubles when it is full.
@safe
struct Slab<Element: BitwiseCopyable>: ~Copyable {
    /// The first element. Valid until the next call that may grow.
    @unsafe private(set) var base: UnsafeMutablePointer<Element>
    private(set) var count = 0
    private var capacity: Int

    init(capacity: Int = 16) {
        self.capacity = max(capacity, 1)
        unsafe base = .allocate(capacity: self.capacity)
    }

    init(repeating element: Element, count: Int) {
        self.init(capacity: count)
        unsafe base.initialize(repeating: element, count: count)
        self.count = count
    }

    deinit { unsafe base.deallocate() }

    subscript(index: Int) -> Element {
        @inline(__always)
        get {
            precondition(index >= 0 && index < count, "There is no element at this index.")
            // SAFETY: checked above.
            return unsafe base[index]
        }
        @inline(__always)
        set {
            precondition(index >= 0 && index < count, "There is no element at this index.")
            // SAFETY: checked above.
            unsafe base[index] = newValue
        }
    }

    mutating func append(_ element: Element) {
        reserve(1)
        unsafe (base + count).initialize(to: element)
        count += 1
    }

    mutating func append(_ elements: Span<Element>) {
        reserve(elements.count)
        unsafe elements.withUnsafeBufferPointer { elements in
            if let start = elements.baseAddress { unsafe (base + count).initialize(from: start, count: elements.count) }
        }
        count += elements.count
    }

    /// The elements in `range`.
    @_lifetime(borrow self)
    func span(_ range: Range<Int>) -> Span<Element> {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "There are no elements in this range.")
        let span = unsafe Span(_unsafeElements: UnsafeBufferPointer(start: base + range.lowerBound, count: range.count))
        return unsafe _overrideLifetime(span, borrowing: self)
    }

    private mutating func reserve(_ extra: Int) {
        guard count + extra > capacity else { return }
        capacity = max(capacity * 2, count + extra)
        let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity)
        unsafe larger.initialize(from: base, count: count)
        unsafe base.deallocate()
        unsafe base = larger
    }
}

// SAFETY: the only owner of its memory, not copyable; nothing is shared.
extension Slab: @unchecked Sendable where Element: Sendable {}
