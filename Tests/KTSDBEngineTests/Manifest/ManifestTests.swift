import CLibrary
import KTSDBEngine
import KTSDBTesting
import Testing

@Suite struct `The MANIFEST` {
    static func open(_ disk: SimulatedFileSystem) throws(ManifestError) -> Manifest {
        try Manifest.open(fileSystem: disk, directory: "data", databaseID: 0xfeed_beef, rewriteByteCount: 700)
    }

    static func block(_ number: UInt64) -> BlockSummary {
        BlockSummary(
            number: number, lastSequence: number * 10, level: UInt8(number % 3), minTime: -Int64(number),
            maxTime: Int64(number) << 40,
            byteCount: number << 20, seriesCount: number, sampleCount: number * 120,
            checksum: UInt32(number) &* 0x9e37_79b9)
    }

    /// The n-th edit of the workload: a seal as a rule, a merge now and then.
    static func edit(_ step: UInt64, after state: ManifestState) -> ManifestEdit {
        var edit = ManifestEdit(nextSeriesID: step * 1000 + 1)
        if step % 4 == 3, state.blocks.count >= 2 {
            edit.removed = state.blocks.prefix(2).map(\.number)
            edit.added = [block(state.nextBlockNumber)]
        } else {
            edit.sealedThrough = state.sealedThrough + step
            edit.added = [block(state.nextBlockNumber), block(state.nextBlockNumber + 1)]
            edit.nextBlockNumber = state.nextBlockNumber + 2
        }
        return edit
    }

    @Test func `A new one is empty and has a random id; it opens again with the same`() throws {
        let disk = SimulatedFileSystem()
        let first = try Manifest.open(fileSystem: disk, directory: "data")
        #expect(first.report.isNew)
        #expect(first.state.blocks.isEmpty)
        #expect(first.state.nextSeriesID == 1)
        let second = try Manifest.open(fileSystem: disk.crashImage(seed: 0), directory: "data")
        #expect(!second.report.isNew)
        #expect(second.state == first.state)
        let other = try Manifest.open(fileSystem: SimulatedFileSystem(), directory: "data")
        #expect(other.state.databaseID != first.state.databaseID)
    }

    @Test func `What has been rolled up, and up to when samples were removed, survives`() throws {
        let disk = SimulatedFileSystem(), manifest = try Self.open(disk)
        var first = RollupProgress(identity: 7, interval: 60_000), second = RollupProgress(identity: 3, interval: 1)
        (first.through, first.asOf, first.isComplete) = (5, 9, true)
        second.round = RollupProgress.Round(through: 1 << 60, asOf: 2, nextDay: -4)
        try manifest.commit(ManifestEdit(removedThrough: -5, rewrittenThrough: 1 << 50, rollups: [first, second]))
        #expect(manifest.state.rollups == [second, first])
        // The times never go back.
        try manifest.commit(ManifestEdit(removedThrough: -6, rewrittenThrough: 3))
        #expect(try Self.open(disk.crashImage(seed: 0)).state == manifest.state)
        first.round = RollupProgress.Round(through: 0, asOf: 0, nextDay: .min)
        try manifest.commit(ManifestEdit(removedThrough: .max, rollups: [first], removedRollups: [3]))
        // Enough edits that the file is written anew.
        for step in 1...40 as ClosedRange<UInt64> { try manifest.commit(Self.edit(step, after: manifest.state)) }
        let again = try Self.open(disk.crashImage(seed: 1)).state
        #expect(again == manifest.state && again.rollups == [first])
        #expect(again.removedThrough == .max && again.rewrittenThrough == 1 << 50)
    }

    @Test func `Edits add up and survive, with the file staying small`() throws {
        let disk = SimulatedFileSystem()
        let manifest = try Self.open(disk)
        for step in 1...300 as ClosedRange<UInt64> {
            let edit = Self.edit(step, after: manifest.state)
            try manifest.commit(edit)
            if manifest.state.blocks.count > 20 {
                try manifest.commit(ManifestEdit(removed: manifest.state.blocks.map(\.number)))
            }
            #expect(manifest.state.nextSeriesID == step * 1000 + 1)
            #expect(edit.added.allSatisfy { manifest.state.blocks.contains($0) || manifest.state.blocks.isEmpty })
        }
        #expect(disk.contents(of: "data/MANIFEST")!.count < 6000)
        #expect(try disk.list("data") == ["MANIFEST", "MANIFEST.copy"])
        #expect(disk.contents(of: "data/MANIFEST.copy")!.count < 6000)
        let reopened = try Self.open(disk.processEndImage())
        #expect(reopened.state == manifest.state)
        #expect(reopened.report.cutByteCount == 0)
    }

    @Test func `An edit that changes nothing leaves the file as it is`() throws {
        let disk = SimulatedFileSystem()
        let manifest = try Self.open(disk)
        let before = disk.contents(of: "data/MANIFEST")
        try manifest.commit(ManifestEdit())
        #expect(disk.contents(of: "data/MANIFEST") == before)
        try manifest.commit(ManifestEdit(nextSeriesID: 1))
        #expect(try Self.open(disk).state == manifest.state)
    }

    @Test func `Works on real files`() throws {
        let temporary = TemporaryDirectory()
        let manifest = try Manifest.open(fileSystem: POSIXFileSystem(), directory: "\(temporary.path)/a/b")
        try manifest.commit(ManifestEdit(sealedThrough: 5, added: [Self.block(1)]))
        #expect(
            try Manifest.open(fileSystem: POSIXFileSystem(), directory: "\(temporary.path)/a/b").state == manifest.state
        )
    }

    @Test func `A directory with data but without a MANIFEST is refused`() throws {
        for file in ["data/wal/0000000000000001.log", "data/blocks/0000000000000001.block"] {
            let disk = SimulatedFileSystem()
            disk.setContents(of: file, to: [1])
            #expect(throws: ManifestError.missing(path: "data/MANIFEST")) { try Self.open(disk).state }
            #expect(disk.snapshot.count == 1)
        }
    }

    // MARK: Faults

    /// The states that commits led to, in order, and whether the last try is undecided.
    struct Ledger {
        var states: [ManifestState] = []
        /// Edits that threw: what they would have led to.
        var inDoubt: [ManifestState] = []
        var errors: [ManifestError] = []
    }

    static func run(_ disk: SimulatedFileSystem) -> Ledger {
        var ledger = Ledger()
        guard let manifest = try? open(disk) else { return ledger }
        ledger.states.append(manifest.state)
        for step in 1...14 as ClosedRange<UInt64> {
            var edit = edit(step, after: manifest.state)
            if step % 6 == 0 { edit = ManifestEdit(removed: manifest.state.blocks.map(\.number)) }
            do throws(ManifestError) {
                try manifest.commit(edit)
                ledger.states.append(manifest.state)
                ledger.inDoubt = []
            } catch {
                ledger.errors.append(error)
                #expect(manifest.state == ledger.states.last)
                ledger.inDoubt.append(expected(edit, after: manifest.state))
                if disk.hasCrashed { break }
            }
        }
        return ledger
    }

    /// What an edit makes of a state, on a disk without faults.
    static func expected(_ edit: ManifestEdit, after state: ManifestState) -> ManifestState {
        let disk = SimulatedFileSystem()
        guard let manifest = try? Manifest.open(fileSystem: disk, directory: "x", databaseID: state.databaseID) else {
            preconditionFailure("A disk without faults works.")
        }
        let whole = ManifestEdit(
            nextSeriesID: state.nextSeriesID, sealedThrough: state.sealedThrough,
            nextBlockNumber: state.nextBlockNumber,
            added: state.blocks)
        try! manifest.commit(whole)
        try! manifest.commit(edit)
        return manifest.state
    }

    static let callCount: Int = {
        let disk = SimulatedFileSystem()
        #expect(run(disk).states.count == 15)
        return disk.callCount
    }()

    @Test func `A power cut at any call leaves the state before or after the edit`() throws {
        for call in 0..<Self.callCount {
            let disk = SimulatedFileSystem()
            disk.inject(.crash, atCall: call)
            let ledger = Self.run(disk)
            for seed in 0..<8 as Range<UInt64> {
                let image = disk.crashImage(seed: seed)
                let manifest = try Self.open(image)
                let comment: Comment = "call \(call) \(disk.calls[call]), seed \(seed)"
                if let last = ledger.states.last {
                    #expect(manifest.state == last || manifest.state == ledger.inDoubt.first, comment)
                    #expect(!manifest.report.isOutOfDate && manifest.report.findings.isEmpty, comment)
                } else {
                    #expect(manifest.state.blocks.isEmpty, comment)
                }
                #expect(try Self.open(image.crashImage(seed: seed)).state == manifest.state, comment)
                try manifest.commit(ManifestEdit(nextSeriesID: 1 << 40))
                #expect(try Self.open(image.crashImage(seed: seed + 1)).state == manifest.state, comment)
            }
        }
    }

    @Test func `A power cut while opening, at any call, changes nothing`() throws {
        for call in stride(from: 0, to: Self.callCount, by: 3) {
            let disk = SimulatedFileSystem()
            disk.inject(.crash, atCall: call)
            let ledger = Self.run(disk)
            guard !ledger.states.isEmpty else { continue }
            let expected = try Self.open(disk.crashImage(seed: 2)).state
            for inner in 0..<10 {
                let image = disk.crashImage(seed: 2)
                image.inject(.crash, atCall: inner)
                _ = try? Self.open(image)
                #expect(try Self.open(image.crashImage(seed: 4)).state == expected, "calls \(call), \(inner)")
            }
        }
    }

    @Test(arguments: [DiskFault.error(EIO), .error(ENOSPC), .shortWrite(1), .shortWrite(30), .failedSync])
    func `One fault at any call fails at most its edit`(fault: DiskFault) throws {
        for call in 0..<Self.callCount {
            let disk = SimulatedFileSystem()
            disk.inject(fault, atCall: call)
            let ledger = Self.run(disk)
            guard let last = ledger.states.last else { continue }
            #expect(ledger.errors.count <= 1, "call \(call)")
            #expect(ledger.states.count + ledger.errors.count == 15, "call \(call)")
            for seed in 0..<4 as Range<UInt64> {
                let reopened = try Self.open(disk.crashImage(seed: seed))
                #expect(reopened.state == last || ledger.inDoubt.contains(reopened.state), "call \(call), seed \(seed)")
            }
            #expect(try Self.open(disk.processEndImage()).state == last, "call \(call)")
        }
    }

    @Test func `On a full disk nothing changes, and the same edit succeeds when there is room`() throws {
        let disk = SimulatedFileSystem()
        let manifest = try Self.open(disk)
        try manifest.commit(Self.edit(1, after: manifest.state))
        let before = manifest.state
        disk.setCapacity(disk.snapshot.values.reduce(10) { $0 + $1.count })
        let edit = Self.edit(2, after: before)
        for _ in 0..<3 {
            #expect(throws: ManifestError.diskFull(path: "data/MANIFEST")) { try manifest.commit(edit) }
            #expect(manifest.state == before)
            #expect(try Self.open(disk.processEndImage()).state == before)
        }
        disk.setCapacity(nil)
        try manifest.commit(edit)
        #expect(manifest.state == Self.expected(edit, after: before))
        #expect(try Self.open(disk.crashImage(seed: 1)).state == manifest.state)
    }

    @Test func `When a failed sync cannot be made good, the edit is undecided until the next one`() throws {
        let disk = SimulatedFileSystem()
        let manifest = try Self.open(disk)
        try manifest.commit(Self.edit(1, after: manifest.state))
        let before = manifest.state
        let edit = Self.edit(2, after: before)
        disk.injectAlways(.error(EIO), from: disk.callCount + 1)
        #expect {
            try manifest.commit(edit)
        } throws: { error in
            guard case .undecided = error as? ManifestError else { return false }
            return true
        }
        #expect(manifest.state == before)
        let after = Self.expected(edit, after: before)
        for seed in 0..<8 as Range<UInt64> {
            #expect([before, after].contains(try Self.open(disk.crashImage(seed: seed)).state))
        }
        disk.heal()
        try manifest.commit(ManifestEdit(nextSeriesID: 1 << 50))
        for seed in 0..<8 as Range<UInt64> {
            #expect(try Self.open(disk.crashImage(seed: seed)).state == manifest.state)
        }
        #expect(manifest.state.blocks == before.blocks)
    }

    // MARK: Damage

    @Test(arguments: 0..<8) func `Without a copy any flipped bit is found by name or harmless`(bit: Int) throws {
        let disk = SimulatedFileSystem()
        let manifest = try Self.open(disk)
        for step in 1...4 as ClosedRange<UInt64> { try manifest.commit(Self.edit(step, after: manifest.state)) }
        let count = disk.contents(of: "data/MANIFEST")!.count
        for byte in 0..<count where Effort.isFull || (byte + bit) % 4 == 0 {
            let copy = disk.crashImage(seed: 0)
            try copy.remove("data/MANIFEST.copy")
            guard byte < copy.contents(of: "data/MANIFEST")!.count else { continue }
            copy.flipBit("data/MANIFEST", byte: byte, bit: bit)
            let before = copy.snapshot
            do throws(ManifestError) {
                let reopened = try Self.open(copy)
                #expect(!reopened.report.isTrusted, "byte \(byte)")
                guard reopened.state != manifest.state else { continue }
                // Not even with the prefix that is left is damage passed over in silence; the damaged file stays.
                #expect(reopened.report.findings.contains { $0.contains("damaged at byte") }, "byte \(byte)")
                #expect(copy.contents(of: "data/set-aside/MANIFEST") == before["data/MANIFEST"], "byte \(byte)")
            } catch {
                guard case .damaged("data/MANIFEST", let offset, _) = error else { throw error }
                #expect(offset <= UInt64(byte))
                #expect(copy.snapshot == before)
            }
        }
    }

    /// A MANIFEST of some edits, and its copy.
    static func pair() throws -> (disk: SimulatedFileSystem, state: ManifestState) {
        let disk = SimulatedFileSystem()
        let manifest = try open(disk)
        for step in 1...4 as ClosedRange<UInt64> { try manifest.commit(edit(step, after: manifest.state)) }
        return (disk.processEndImage(), manifest.state)
    }

    /// Opens a directory that was tampered with: the state is whole, nobody trusts the files, and the next time all is
    /// well.
    static func expectRepair(_ disk: SimulatedFileSystem, _ state: ManifestState, _ comment: Comment) throws {
        let opened = try open(disk)
        #expect(opened.state == state, comment)
        let again = try open(disk.crashImage(seed: 5))
        #expect(again.state == state && again.report.isTrusted && again.report.findings.isEmpty, comment)
        try opened.commit(ManifestEdit(nextSeriesID: 1 << 40))
        #expect(try open(disk.crashImage(seed: 6)).state == opened.state, comment)
    }

    @Test(arguments: ["MANIFEST", "MANIFEST.copy"])
    func `With the other file whole, no flipped bit, cut or loss of one costs anything`(name: String) throws {
        let (disk, state) = try Self.pair()
        let path = "data/\(name)"
        let bytes = try #require(disk.contents(of: path))
        for byte in bytes.indices {
            for bit in 0..<8 where Effort.isFull || (byte * 3 + bit) % 16 == 5 {
                let image = disk.processEndImage()
                image.flipBit(path, byte: byte, bit: bit)
                try Self.expectRepair(image, state, "\(name), byte \(byte), bit \(bit)")
            }
        }
        for count in bytes.indices where Effort.isFull || count % 5 == 3 || count < 30 {
            let image = disk.processEndImage()
            image.setContents(of: path, to: Array(bytes.prefix(count)))
            try Self.expectRepair(image, state, "\(name) cut to \(count) bytes")
            image.setContents(of: path, to: [UInt8](repeating: 0, count: count))
            try Self.expectRepair(image, Self.open(image.processEndImage()).state, "\(count) zeros")
        }
        let image = disk.processEndImage()
        try image.remove(path)
        try Self.expectRepair(image, state, "\(name) removed")
    }

    @Test func `An older file put back is told from the newer one`() throws {
        let disk = SimulatedFileSystem()
        let manifest = try Self.open(disk)
        var old: [[String: [UInt8]]] = []
        for step in 1...9 as ClosedRange<UInt64> {
            old.append(disk.snapshot)
            try manifest.commit(Self.edit(step, after: manifest.state))
        }
        for snapshot in old {
            for name in ["MANIFEST", "MANIFEST.copy"] {
                let image = disk.processEndImage()
                image.setContents(of: "data/\(name)", to: snapshot["data/\(name)"]!)
                try Self.expectRepair(image, manifest.state, "\(name) put back")
            }
        }
    }

    @Test func `A file of another database does not stand in for one that is whole`() throws {
        let (disk, state) = try Self.pair()
        let other = SimulatedFileSystem()
        let stranger = try Manifest.open(fileSystem: other, directory: "data", databaseID: 7)
        for number in 1...20 as ClosedRange<UInt64> { try stranger.commit(ManifestEdit(nextSeriesID: number * 7)) }
        disk.setContents(of: "data/MANIFEST.copy", to: other.contents(of: "data/MANIFEST.copy")!)
        try Self.expectRepair(disk, state, "the copy of another database")
    }

    @Test func `Where both are damaged, the edits before the damage count and both files are kept`() throws {
        let (disk, state) = try Self.pair()
        for name in ["MANIFEST", "MANIFEST.copy"] { disk.flipBit("data/\(name)", byte: 90, bit: 1) }
        let before = disk.snapshot
        let opened = try Self.open(disk)
        #expect(opened.state != state && opened.report.isOutOfDate && opened.report.findings.count == 2)
        for name in ["MANIFEST", "MANIFEST.copy"] {
            #expect(disk.contents(of: "data/set-aside/\(name)") == before["data/\(name)"])
        }
    }

    @Test func `An unfinished last edit is cut off and reported, at any length`() throws {
        let disk = SimulatedFileSystem()
        let manifest = try Self.open(disk)
        try manifest.commit(Self.edit(1, after: manifest.state))
        let whole = disk.contents(of: "data/MANIFEST")!.count
        let state = manifest.state
        try manifest.commit(Self.edit(2, after: state))
        let bytes = disk.contents(of: "data/MANIFEST")!
        // The last 20 bytes are the mark.
        for count in (whole + 1)..<(bytes.count - 20) {
            let copy = SimulatedFileSystem()
            copy.setContents(of: "data/MANIFEST", to: Array(bytes.prefix(count)))
            let reopened = try Self.open(copy)
            #expect(reopened.state == state)
            #expect(reopened.report.cutByteCount == count - whole)
            #expect(copy.contents(of: "data/MANIFEST")!.count == whole)
        }
    }

    /// A MANIFEST, its copy, and the copy as it was before the last edit.
    static func lastEdit() throws -> (file: [UInt8], copy: [UInt8], oldCopy: [UInt8], state: ManifestState) {
        let disk = SimulatedFileSystem(), manifest = try open(disk)
        for step in 1...2 as ClosedRange<UInt64> { try manifest.commit(edit(step, after: manifest.state)) }
        let old = disk.contents(of: "data/MANIFEST.copy")!
        try manifest.commit(edit(4, after: manifest.state))
        return (
            disk.contents(of: "data/MANIFEST")!, disk.contents(of: "data/MANIFEST.copy")!, old, manifest.state
        )
    }

    static func open(_ file: [UInt8], _ copy: [UInt8]) throws -> Manifest {
        let disk = SimulatedFileSystem()
        disk.setContents(of: "data/MANIFEST", to: file)
        disk.setContents(of: "data/MANIFEST.copy", to: copy)
        return try open(disk)
    }

    @Test func `A synced edit is whole and trusted, whatever a power cut leaves of its mark`() throws {
        let (file, copy, oldCopy, state) = try Self.lastEdit()
        for left in 0...20 {
            // Only a part of it was written, or its length and not all of its bytes.
            let torn = file.dropLast(20 - left), zeros = file.dropLast(20) + [UInt8](repeating: 0, count: left)
            let partial = file.dropLast(20) + [UInt8](repeating: 0, count: left) + file.suffix(20 - left)
            for bytes in [torn, zeros, partial] {
                let copies = [
                    oldCopy, Array(oldCopy.dropLast(left)), oldCopy + copy.dropFirst(oldCopy.count).prefix(left), copy,
                    Array(copy.dropLast(left)), Array(bytes),
                ]
                for (index, other) in copies.enumerated() {
                    let opened = try Self.open(Array(bytes), other), comment: Comment = "\(left) bytes, copy \(index)"
                    #expect(opened.state == state && opened.report.isTrusted && !opened.report.isOutOfDate, comment)
                    #expect(opened.report.cutByteCount == 0 && opened.report.findings.isEmpty, comment)
                }
            }
        }
    }

    @Test func `What cannot be a part of a mark is an unfinished edit`() throws {
        let (file, copy, oldCopy, state) = try Self.lastEdit()
        // The beginning of another edit, of any length; and bytes that nobody has written.
        let begun = (1...30).map { file + file[oldCopy.count...].prefix($0) }
        for bytes in begun + [file.dropLast(20) + [1, 2, 3]] {
            let opened = try Self.open(bytes, copy)
            #expect(opened.state == state && !opened.report.isTrusted && !opened.report.isOutOfDate)
            #expect(opened.report.cutByteCount > 0)
            // The copy gets an edit before the next one begins.
            #expect(try Self.open(bytes, oldCopy).report.isOutOfDate)
        }
        // One that the file lacks: the file was cut.
        #expect(try Self.open(oldCopy, copy).report.isOutOfDate)
        #expect(try Self.open(copy, copy + file[oldCopy.count...].prefix(30)).report.isOutOfDate)
    }

    @Test func `A newer version is refused`() throws {
        let disk = SimulatedFileSystem()
        _ = try Self.open(disk)
        var bytes = disk.contents(of: "data/MANIFEST")!
        bytes[4] = 2
        let checksum = crc32c(bytes.prefix(16))
        for index in 0..<4 { bytes[16 + index] = UInt8(truncatingIfNeeded: checksum >> UInt32(8 * index)) }
        disk.setContents(of: "data/MANIFEST", to: bytes)
        #expect(throws: ManifestError.unsupportedVersion(path: "data/MANIFEST", found: 2)) { try Self.open(disk).state }
    }

    @Test func `A file without its first edit is damaged, not empty`() throws {
        let disk = SimulatedFileSystem()
        _ = try Self.open(disk)
        let bytes = disk.contents(of: "data/MANIFEST")!
        try disk.remove("data/MANIFEST.copy")
        for count in 0..<(bytes.count - 20) {
            disk.setContents(of: "data/MANIFEST", to: Array(bytes.prefix(count)))
            #expect(throws: ManifestError.self) { try Self.open(disk).state }
        }
    }
}
