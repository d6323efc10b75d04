internal import KTSDBModel

/// What a view may find in a slab, as far as that is known without looking at its series.
enum SlabState {
    /// All that the view sees is in the open generation.
    case open
    /// The view sees no sample of the slab.
    case empty
    /// Some samples are frozen for a seal, or were when the view was opened.
    case frozen
}

extension ViewContent {
    /// Returns the state of a slab whose lock is held. Slabs are frozen under their locks, so it stays the same until
    /// that is released.
    func state(of slab: inout SlabContent) -> SlabState {
        // During a seal, the slab may have samples in two generations.
        if generations.dropLast().contains(where: { $0.frozenSlab(at: slab.index) != nil }) { return .frozen }
        if slab.generation.number == generations[generations.count - 1].number {
            slab.flush()
            return slab.arena.isEmpty && slab.late.isEmpty ? .empty : .open
        }
        // A slab that nothing touched since the last seal still has the generation from before it.
        return slab.generation.number < generations[0].number ? .empty : .frozen
    }
}
