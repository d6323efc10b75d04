import Testing

@testable import KTSDBEngine

/// Which blocks belong to a database that the MANIFEST does not name.
@Suite struct `The census of blocks` {
    static func summary(_ number: UInt64, _ lastSequence: UInt64, _ level: UInt8) -> BlockSummary {
        BlockSummary(
            number: number, lastSequence: lastSequence, level: level, minTime: 0, maxTime: 1, byteCount: 200,
            seriesCount: 1,
            sampleCount: 1, checksum: 0)
    }

    /// A block of a seal of all commits after `after` up to `through`.
    static func sealed(
        _ number: UInt64, after: UInt64, through: UInt64, with blocks: [UInt64]? = nil
    ) -> FoundBlock {
        FoundBlock(
            number: number, summary: summary(number, through, 0),
            origin: BlockOrigin(.seal(after: after, blocks: blocks ?? [number]), nextSeriesID: through * 10))
    }

    static func merged(_ number: UInt64, _ inputs: [UInt64], through: UInt64) -> FoundBlock {
        FoundBlock(
            number: number, summary: summary(number, through, 1),
            origin: BlockOrigin(.compaction(of: inputs, earlier: []), nextSeriesID: through * 10))
    }

    static func imported(
        _ number: UInt64, by import: UInt64, at sequence: UInt64, with blocks: [UInt64]
    ) -> FoundBlock {
        FoundBlock(
            number: number, summary: summary(number, sequence, 2),
            origin: BlockOrigin(.import(`import`, blocks: blocks), nextSeriesID: sequence * 10))
    }

    static func state(_ blocks: [FoundBlock], sealedThrough: UInt64) -> ManifestState {
        ManifestState(databaseID: 1).applying(
            ManifestEdit(sealedThrough: sealedThrough, added: blocks.map { $0.summary! }))!
    }

    static let first = sealed(1, after: 0, through: 10), second = sealed(2, after: 10, through: 20)

    @Test(arguments: [true, false])
    func `All is well where every block is named`(isTrusted: Bool) {
        let state = Self.state([Self.first, Self.second], sealedThrough: 20)
        let census = BlockCensus(state, isTrusted: isTrusted, found: [Self.first, Self.second]) { _ in true }
        #expect(census.fates.isEmpty && census.edit == ManifestEdit() && census.isTrusted == isTrusted)
    }

    @Test func `A complete seal that was not published is, and one that lacks a block goes`() {
        let state = Self.state([Self.first], sealedThrough: 10)
        let parts = [2, 3].map { Self.sealed($0, after: 10, through: 20, with: [2, 3]) }
        let complete = BlockCensus(state, isTrusted: true, found: [Self.first] + parts) { _ in true }
        #expect(complete.isTrusted && complete.fates == [2: .adopt, 3: .adopt])
        #expect(complete.edit.sealedThrough == 20 && complete.edit.nextSeriesID == 200)
        let torn = BlockCensus(state, isTrusted: true, found: [Self.first] + parts) { $0 != 3 }
        #expect(torn.fates == [2: .remove, 3: .remove] && torn.edit == ManifestEdit())
        let partial = BlockCensus(state, isTrusted: true, found: [Self.first, parts[0]]) { _ in true }
        #expect(partial.fates == [2: .remove] && partial.edit == ManifestEdit())
        let cautious = BlockCensus(state, isTrusted: false, found: [Self.first, parts[0]]) { _ in true }
        #expect(cautious.fates == [2: .setAside(.unfinished)] && cautious.edit.sealedThrough == nil)
    }

    @Test func `A merge that was not published goes, or is set aside`() {
        let state = Self.state([Self.first, Self.second], sealedThrough: 20)
        let files = [Self.first, Self.second, Self.merged(3, [1, 2], through: 20)]
        #expect(BlockCensus(state, isTrusted: true, found: files) { _ in true }.fates == [3: .remove])
        let cautious = BlockCensus(state, isTrusted: false, found: files) { _ in true }
        #expect(cautious.fates == [3: .setAside(.redundant)] && cautious.edit.added.isEmpty)
    }

    @Test func `What a merge has replaced goes, or is set aside`() {
        let merged = Self.merged(3, [1, 2], through: 20)
        let state = Self.state([merged], sealedThrough: 20)
        let files = [Self.first, Self.second, merged]
        #expect(BlockCensus(state, isTrusted: true, found: files) { _ in true }.fates == [1: .remove, 2: .remove])
        #expect(
            BlockCensus(state, isTrusted: false, found: files) { _ in true }.fates
                == [1: .setAside(.redundant), 2: .setAside(.redundant)])
    }

    @Test func `A named block that is missing, or a file that is ahead, makes the MANIFEST one that is not trusted`() {
        let old = Self.state([Self.first], sealedThrough: 10)
        let third = Self.sealed(3, after: 20, through: 30)
        let ahead = BlockCensus(old, isTrusted: true, found: [Self.first, third]) { _ in true }
        #expect(!ahead.isTrusted && ahead.fates == [3: .adopt] && ahead.edit.sealedThrough == 30)
        // The merge of blocks that this state knows: they are gone, and nothing is removed.
        let known = Self.state([Self.first, Self.second], sealedThrough: 20)
        let replaced = BlockCensus(known, isTrusted: true, found: [Self.merged(3, [1, 2], through: 20)]) { _ in true }
        #expect(!replaced.isTrusted && replaced.fates == [3: .adopt] && replaced.edit.removed == [1, 2])
    }

    @Test func `From nothing all blocks are found again, each sample once`() {
        let nothing = ManifestState(databaseID: 1)
        let merged = Self.merged(3, [1, 2], through: 20), third = Self.sealed(4, after: 20, through: 30)
        let partial = Self.sealed(5, after: 30, through: 40, with: [5, 6])
        let files = [Self.first, Self.second, merged, third, partial, FoundBlock(number: 7)]
        let census = BlockCensus(nothing, isTrusted: false, found: files) { _ in true }
        #expect(
            census.fates == [
                1: .setAside(.redundant), 2: .setAside(.redundant), 3: .adopt, 4: .adopt, 5: .setAside(.unfinished),
                7: .setAside(.unreadable),
            ])
        #expect(census.edit.added.map(\.number) == [3, 4] && census.edit.sealedThrough == 30)
        #expect(census.edit.nextBlockNumber == 8 && census.edit.nextSeriesID == 300)
        // A merge whose bytes are damaged does not take the place of what it was made of.
        let damaged = BlockCensus(nothing, isTrusted: false, found: files) { $0 != 3 }
        #expect(damaged.fates[1] == .adopt && damaged.fates[2] == .adopt && damaged.fates[3] == .adopt)
    }

    @Test func `Blocks of an import belong to the database if all of them are there, or if it was finished`() {
        let parts = [3, 4].map { Self.imported($0, by: 99, at: 11, with: [3, 4]) }
        // Published: the MANIFEST has lost the edit, or it has lost everything.
        for state in [Self.state([Self.first], sealedThrough: 11), ManifestState(databaseID: 1)] {
            let found = BlockCensus(state, isTrusted: false, found: [Self.first] + parts) { _ in true }
            #expect(found.fates[3] == .adopt && found.fates[4] == .adopt)
            #expect(max(found.edit.sealedThrough ?? 0, state.sealedThrough) == 11)
            let whole = BlockCensus(
                state, isTrusted: false, found: [Self.first] + parts, unfinishedImports: [99, 5]
            ) { _ in true }
            #expect(whole.fates[3] == .adopt && whole.fates[4] == .adopt)
            // One of them is not whole, or not there.
            let torn = BlockCensus(
                state, isTrusted: false, found: [Self.first] + parts, unfinishedImports: [99, 5]
            ) { $0 != 4 }
            #expect(torn.fates[3] == .setAside(.unfinished) && torn.fates[4] == .setAside(.unfinished))
            #expect(!torn.edit.added.contains { $0.number > 2 } && torn.edit.nextBlockNumber == 5)
            let half = BlockCensus(
                state, isTrusted: false, found: [Self.first, parts[1]], unfinishedImports: [99, 5]
            ) { _ in true }
            #expect(half.fates[4] == .setAside(.unfinished))
            // Without the mark, the other one was removed after the import.
            let finished = BlockCensus(
                state, isTrusted: false, found: [Self.first, parts[1]], unfinishedImports: [5]
            ) { _ in true }
            #expect(finished.fates[4] == .adopt)
        }
        // A MANIFEST that is the newest decides alone: an import with a mark was not published, and what is not named
        // of one that was has been removed since.
        let unpublished = Self.state([Self.first], sealedThrough: 11)
        let published = unpublished.applying(ManifestEdit(importedThrough: 11))!
        for (state, isMarked) in [(unpublished, true), (published, false), (published, true)] {
            let trusted = BlockCensus(
                state, isTrusted: true, found: [Self.first] + parts, unfinishedImports: isMarked ? [99] : []
            ) { _ in true }
            #expect(trusted.isTrusted && trusted.fates == [3: .remove, 4: .remove] && trusted.edit == ManifestEdit())
        }
        // Without the mark it was published, which this one does not know.
        let lacking = BlockCensus(unpublished, isTrusted: true, found: [Self.first] + parts) { _ in true }
        #expect(!lacking.isTrusted && lacking.fates == [3: .adopt, 4: .adopt] && lacking.edit.importedThrough == 11)
        let named = Self.state([Self.first] + parts, sealedThrough: 11)
        let kept = BlockCensus(
            named, isTrusted: true, found: [Self.first] + parts, unfinishedImports: [99]
        ) { _ in true }
        #expect(kept.fates.isEmpty && kept.edit == ManifestEdit())
        // Its commit was in the MANIFEST before its first block was written.
        let behind = Self.state([Self.first], sealedThrough: 10)
        #expect(!BlockCensus(behind, isTrusted: true, found: [Self.first] + parts) { _ in true }.isTrusted)
        // What a compaction has made of one of them takes its place.
        let merged = Self.merged(5, [3, 6], through: 12)
        let compacted = BlockCensus(
            ManifestState(databaseID: 1), isTrusted: false, found: parts + [merged]
        ) { _ in true }
        #expect(compacted.fates == [3: .setAside(.redundant), 4: .adopt, 5: .adopt])
    }

    @Test func `Origins come back as they were written, and other bytes are none`() {
        for origin in [
            BlockOrigin(.seal(after: 1 << 40, blocks: [3, 4, 900]), nextSeriesID: 77),
            BlockOrigin(.compaction(of: [1, 1 << 50], earlier: [4]), nextSeriesID: 1),
            BlockOrigin(.compaction(of: [], earlier: []), nextSeriesID: 0),
            BlockOrigin(.import(1 << 63 | 5, blocks: [7, 9]), nextSeriesID: 300),
        ] {
            var buffer = FieldBuffer()
            origin.encode(into: &buffer)
            #expect(BlockOrigin(buffer.bytes) == origin)
            for count in 0..<buffer.count { #expect(BlockOrigin(buffer.bytes.extracting(first: count)) == nil) }
            buffer.append(UInt8(0))
            #expect(BlockOrigin(buffer.bytes) == nil)
        }
    }
}
