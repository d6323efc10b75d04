/// A block file as it was found on disk.
struct FoundBlock {
    /// The block's number, taken from the file's name.
    var number: UInt64
    /// What the file says of itself; nil if that cannot be read.
    var summary: BlockSummary?
    var origin: BlockOrigin?

    /// The commit of the import that made it; nil if none did.
    fileprivate var importSequence: UInt64? {
        guard case .import = origin?.kind else { return nil }
        return summary?.lastSequence
    }
}

/// Decides what happens to the block files that the MANIFEST does not name: a pure function of what the MANIFEST says
/// and what the files say.
///
/// Usually such a file is left over from a seal or a compaction that was not published when the process ended, or from
/// a block that was compacted or has expired. It is removed, unless it belongs to a complete seal: that is published
/// after all.
///
/// Where the MANIFEST may lack edits, nothing is removed. A block then belongs to the database unless all of its
/// samples are certain to be elsewhere: in the block that a compaction has put in its place, in the blocks that a
/// compaction was to replace, or in the log. The blocks of an import that is marked as unfinished belong to it only if
/// all of them are there. Having a sample twice does no harm, because a series has only one sample
/// at any time.
struct BlockCensus {
    enum Fate: Hashable {
        case adopt
        case remove
        case setAside(SetAsideFile.Reason)
    }

    /// What happens to each file that is not named.
    private(set) var fates: [UInt64: Fate] = [:]
    /// The edit that makes the MANIFEST name those that belong to the database.
    private(set) var edit = ManifestEdit()
    /// Whether no named file is missing and nothing shows that the MANIFEST lacks edits.
    private(set) var isTrusted: Bool

    private let state: ManifestState
    private let isWhole: (UInt64) -> Bool
    private let strays: [FoundBlock]
    private let named: Set<UInt64>
    /// The files that can be read, named or not, by number.
    private let readable: [UInt64: FoundBlock]
    /// The imports that are marked as unfinished.
    private let unfinishedImports: Set<UInt64>
    private var sealedThrough: UInt64

    /// - Parameters:
    ///   - state: What the MANIFEST says.
    ///   - isTrusted: Whether that is certainly the newest state, as far as the MANIFEST itself can show.
    ///   - found: All block files in the directory.
    ///   - sealedThrough: A commit up to which all are in blocks, according to the checkpoints.
    ///   - unfinishedImports: The imports that are marked as unfinished.
    ///   - isWhole: Whether all bytes of a block match their checksums. It reads the whole block, so it is called for
    ///     as few as possible.
    init(
        _ state: ManifestState, isTrusted: Bool, found: [FoundBlock], sealedThrough: UInt64 = 0,
        unfinishedImports: Set<UInt64> = [], isWhole: @escaping (UInt64) -> Bool
    ) {
        self.state = state
        self.isWhole = isWhole
        self.unfinishedImports = unfinishedImports
        let named = Set(state.blocks.map(\.number))
        self.named = named
        self.sealedThrough = max(state.sealedThrough, sealedThrough)
        strays = found.filter { !named.contains($0.number) }
        readable = Dictionary(
            found.filter { $0.summary != nil }.map { ($0.number, $0) }, uniquingKeysWith: { first, _ in first })
        let files = Set(found.map(\.number))
        self.isTrusted = isTrusted && state.blocks.allSatisfy { files.contains($0.number) }
        if self.isTrusted, sealedThrough > state.sealedThrough || strays.contains(where: isAhead) {
            self.isTrusted = false
        }
        if self.isTrusted { decideTrusting() } else { decideKeeping(files) }
        fillEdit()
    }

    /// Whether a file that is not named shows that the MANIFEST lacks edits.
    private func isAhead(_ block: FoundBlock) -> Bool {
        guard let summary = block.summary else { return false }
        switch block.origin?.kind {
        case .seal(let after, _): return after > state.sealedThrough
        case .compaction(let inputs, _):
            return summary.lastSequence > state.sealedThrough && !inputs.contains(where: named.contains)
        // The import's commit was in the MANIFEST before it wrote any block, and again before its mark went.
        case .import(let number, _):
            return summary.lastSequence > state.sealedThrough
                || (summary.lastSequence > state.importedThrough && !unfinishedImports.contains(number))
        case nil: return summary.level > 0 && summary.lastSequence > state.sealedThrough
        }
    }

    // MARK: A MANIFEST that is the newest

    private mutating func decideTrusting() {
        for block in strays { fates[block.number] = .remove }
        // Adopts the seal that reaches furthest: a failed attempt may have left another one.
        let seals = Set(strays.compactMap(seal(of:))).filter { $0.after == sealedThrough && $0.through > sealedThrough }
        for seal in seals.sorted(by: { ($0.through, $0.blocks.last ?? 0) > ($1.through, $1.blocks.last ?? 0) })
        where seal.blocks.allSatisfy({ fates[$0] != nil && readable[$0] != nil && isWhole($0) }) {
            for number in seal.blocks { fates[number] = .adopt }
            sealedThrough = seal.through
            return
        }
    }

    private struct FoundSeal: Hashable {
        var after: UInt64, through: UInt64
        var blocks: [UInt64]
    }

    private func seal(of block: FoundBlock) -> FoundSeal? {
        guard let summary = block.summary, case .seal(let after, let blocks) = block.origin?.kind,
            blocks.contains(block.number)
        else { return nil }
        return FoundSeal(after: after, through: summary.lastSequence, blocks: blocks)
    }

    // MARK: A MANIFEST that may lack edits

    private mutating func decideKeeping(_ files: Set<UInt64>) {
        let replaced = replacedBlocks()
        collectEvidence(replaced)
        for block in strays { fates[block.number] = fate(of: block, replaced) }
        // What a compaction has replaced is missing for a good reason.
        edit.removed = state.blocks.map(\.number).filter { !files.contains($0) && replaced.contains($0) }
    }

    /// Blocks whose samples are all in another block that exists.
    private func replacedBlocks() -> Set<UInt64> {
        var replaced: Set<UInt64> = []
        for block in readable.values {
            guard case .compaction(let inputs, let earlier) = block.origin?.kind else { continue }
            let isNamed = named.contains(block.number)
            guard isNamed || (!isUnpublished(inputs) && isWhole(block.number)) else { continue }
            replaced.formUnion(inputs)
            replaced.formUnion(earlier)
        }
        return replaced
    }

    /// Whether the blocks that a compaction was to replace are all named and present.
    private func isUnpublished(_ inputs: [UInt64]) -> Bool {
        inputs.allSatisfy { named.contains($0) && readable[$0] != nil }
    }

    /// Finds the commit through which everything is in blocks. Only blocks of published seals are compacted, a seal
    /// begins only when the one before it is published, and a seal with all of its blocks counts whether it was
    /// published or not.
    private mutating func collectEvidence(_ replaced: Set<UInt64>) {
        for block in strays {
            guard let summary = block.summary else { continue }
            switch block.origin?.kind {
            case .seal(let after, _):
                sealedThrough = max(sealedThrough, after)
                if isComplete(block, replaced) { sealedThrough = max(sealedThrough, summary.lastSequence) }
            case .compaction, .import: sealedThrough = max(sealedThrough, summary.lastSequence)
            case nil: if summary.level > 0 { sealedThrough = max(sealedThrough, summary.lastSequence) }
            }
        }
    }

    private func isComplete(_ block: FoundBlock, _ replaced: Set<UInt64>) -> Bool {
        guard let seal = seal(of: block) else { return false }
        return areThere(seal.blocks, replaced)
    }

    /// Whether all of these blocks are named or whole, or another one has taken their place.
    private func areThere(_ blocks: [UInt64], _ replaced: Set<UInt64>) -> Bool {
        blocks.allSatisfy { number in
            named.contains(number) || replaced.contains(number) || (readable[number] != nil && isWhole(number))
        }
    }

    private func fate(of block: FoundBlock, _ replaced: Set<UInt64>) -> Fate {
        guard let summary = block.summary else { return .setAside(.unreadable) }
        if replaced.contains(block.number) { return .setAside(.redundant) }
        switch block.origin?.kind {
        case .compaction(let inputs, _): return isUnpublished(inputs) ? .setAside(.redundant) : .adopt
        // The log has what is in a seal that was not finished.
        case .seal: return summary.lastSequence <= sealedThrough ? .adopt : .setAside(.unfinished)
        // Without the mark, the import was published: what is missing has been removed since.
        case .import(let number, let blocks):
            return unfinishedImports.contains(number) && !areThere(blocks, replaced)
                ? .setAside(.unfinished) : .adopt
        case nil: return .adopt
        }
    }

    // MARK: The edit

    private mutating func fillEdit() {
        let adopted = strays.filter { fates[$0.number] == .adopt }
        edit.added = adopted.compactMap { $0.summary }.sorted { $0.number < $1.number }
        if sealedThrough > state.sealedThrough { edit.sealedThrough = sealedThrough }
        let importedThrough = adopted.compactMap(\.importSequence).max() ?? 0
        if importedThrough > state.importedThrough { edit.importedThrough = importedThrough }
        let nextSeriesID = adopted.compactMap { $0.origin?.nextSeriesID }.max() ?? 0
        if nextSeriesID > state.nextSeriesID { edit.nextSeriesID = nextSeriesID }
        // A number whose file may come back is not reused.
        let next = strays.map(\.number).filter { fates[$0] != .remove && $0 < .max }.max().map { $0 + 1 } ?? 0
        if next > state.nextBlockNumber { edit.nextBlockNumber = next }
    }
}
