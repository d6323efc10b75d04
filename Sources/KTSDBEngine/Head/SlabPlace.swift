internal import KTSDBModel

/// A series' number within its slab, always in `0..<Slab.capacity`.
struct SlabPlace: Hashable, BitwiseCopyable, Sendable {
    private let number: UInt16

    /// The place of a slot in its slab.
    @inline(__always)
    init(of slot: UInt32) { number = UInt16(truncatingIfNeeded: slot) & UInt16(Slab.capacity - 1) }

    /// The place with this number; nil if it is not in `0..<Slab.capacity`.
    @inline(__always)
    init?(_ number: Int) {
        guard number >= 0, number < Slab.capacity else { return nil }
        self.number = UInt16(truncatingIfNeeded: number)
    }

    /// All places of a slab, ascending.
    static var all: some Sequence<SlabPlace> { (0..<UInt32(Slab.capacity)).lazy.map(SlabPlace.init(of:)) }

    var index: Int {
        // The mask changes nothing. It shows the compiler the range.
        @inline(__always) get { Int(number & UInt16(Slab.capacity &- 1)) }
    }

    /// The place `distance` further on, continuing at 0 after the end of the slab.
    @inline(__always)
    func advanced(by distance: UInt32) -> SlabPlace { SlabPlace(of: UInt32(number) &+ distance) }
}

extension FixedArray {
    /// The element of the series at `place`.
    subscript(place: SlabPlace) -> Element {
        @inline(__always) get { self[place.index] }
        @inline(__always) _modify { yield &self[place.index] }
    }
}
