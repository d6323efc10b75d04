import CLibrary
import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Testing

/// Backups, restores and clones between two disks, each of which loses power, or fails, at every call.
@Suite struct `Backups on failing disks` {
    static let storePath = "/backups"

    /// A database that is written to between backups, and what each backup should have.
    final class Source: @unchecked Sendable {
        // Used on one thread.
        let disk: SimulatedFileSystem
        let clock = TestClock()
        var database: Database
        var stored: Contents = [:]
        private var step = 0

        init(_ disk: SimulatedFileSystem = SimulatedFileSystem()) throws {
            self.disk = disk
            database = try Workload.open(disk, clock: clock)
        }

        /// Commits samples of some series, histograms among them, and a record.
        func append() throws {
            step += 1
            clock.now += 2_000_000
            var commit = Contents()
            try database.append { batch in
                for number in 0..<4 {
                    let labels: Labels = ["__name__": "m\(number)", "i": "\(step % 3)"]
                    let bits = UInt64(step * 64 + number * 8) | (number == 3 ? 5 : 0)
                    let time = Timestamp(milliseconds: clock.now)
                    if let histogram = Histogram(bits: bits) {
                        batch.append(histogram, at: time, startedAt: time, to: labels)
                    } else {
                        batch.append(Double(bitPattern: bits), at: time, to: labels)
                    }
                    commit[labels] = [UInt64(bitPattern: clock.now), bits]
                }
                batch.set("step", Array("\(step)".utf8), in: RecordSpace("s"))
                commit[["__record__": "step", "space": "s"]] = [UInt64(step)]
            }
            stored.add(commit)
        }

        /// Half a day, some commits, some seals and a compaction.
        func live() throws {
            for round in 0..<6 {
                try append()
                if round % 2 == 1 { _ = try database.snapshot() }
            }
            clock.now += 40_000_000
            _ = try database.compact()
            try append()
        }
    }

    /// Restores a backup to a disk of its own and returns what the database there has.
    static func restored(_ name: String?, of disk: SimulatedFileSystem) throws -> Contents {
        let target = SimulatedFileSystem()
        try BackupStore(files: disk, path: storePath).restore(name, to: Workload.path, in: target)
        let database = try Workload.open(target)
        #expect(!database.recovery.foundDamage && database.recovery.setAside.isEmpty)
        return try Workload.contents(of: database)
    }

    /// Checks that the backups on a disk are the first of those that were made, at least `least` of them, and whole.
    static func check(_ disk: SimulatedFileSystem, _ made: [Contents], least: Int, _ comment: Comment) throws {
        let found = try BackupStore(files: disk, path: storePath).list()
        #expect(found.count >= least && found.count <= made.count, comment)
        for (backup, contents) in zip(found, made) {
            #expect(backup.damage == nil, comment)
            #expect(try restored(backup.name, of: disk) == contents, comment)
        }
    }

    @Test func `share blocks, are listed, and are restored each as it was`() throws {
        let source = try Source(), disk = SimulatedFileSystem()
        let store = BackupStore(files: disk, path: Self.storePath)
        #expect(try store.list().isEmpty)
        #expect(throws: BackupError.unknown(name: nil, path: Self.storePath)) {
            try store.restore(to: "/none", in: SimulatedFileSystem())
        }
        var made: [Contents] = []
        for round in 0..<3 {
            try source.live()
            let report = try source.database.backup(to: store)
            made.append(source.stored)
            #expect(report.copiedBlocks > 0 && (round == 0 || report.copiedBlocks < report.backup.blocks))
        }
        let again = try source.database.backup(to: store)
        #expect(again.copiedBlocks == 0 && again.copiedBytes == 0)
        made.append(source.stored)
        try Self.check(disk, made, least: 4, "all")
        #expect(try store.list().map(\.name.count) == [23, 23, 23, 23])
        #expect(try store.verify().isEmpty)
        // No snapshot is left.
        #expect(!source.disk.snapshot.keys.contains { $0.contains(".tmp") })
        let last = try source.database.backup(to: store, keeping: 2)
        #expect(last.removedBackups.count == 3 && last.removedBlocks > 0)
        try Self.check(disk, [source.stored, source.stored], least: 2, "kept")
        #expect(try store.prune(keeping: 1).backups.count == 1)
        #expect(throws: BackupError.self) { try store.restore("000001-x", to: "/x", in: SimulatedFileSystem()) }
    }

    @Test(arguments: [DiskFault.crash, .error(EIO), .error(ENOSPC), .shortWrite(7), .failedSync])
    func `leave those before it whole when the store's disk fails at any call`(fault: DiskFault) throws {
        let source = try Source(), disk = SimulatedFileSystem()
        let store = BackupStore(files: disk, path: Self.storePath)
        try source.live()
        try source.database.backup(to: store)
        let first = source.stored
        try source.live()
        try source.database.backup(to: store)
        let second = source.stored
        try source.append()
        let start = disk.processEndImage()
        let probe = start.processEndImage()
        try source.database.backup(to: BackupStore(files: probe, path: Self.storePath), keeping: 2)
        let calls = probe.callCount
        #expect(calls > 60)
        for call in stride(from: 0, to: calls, by: Effort.isFull ? 1 : 9) {
            let disk = start.processEndImage()
            disk.inject(fault, atCall: call)
            let store = BackupStore(files: disk, path: Self.storePath)
            var isMade = true
            do throws(BackupError) { try source.database.backup(to: store, keeping: 2) } catch { isMade = false }
            let image = fault == .crash ? disk.crashImage(seed: UInt64(call)) : disk.processEndImage()
            let comment: Comment = "\(fault) at call \(call)"
            let found = try BackupStore(files: image, path: Self.storePath).list()
            // The third may be there, and only then may the first be gone.
            let all = [first, second, source.stored]
            let contents = try found.map { try Self.restored($0.name, of: image) }
            #expect(
                contents == all || contents == Array(all[..<2])
                    || contents == Array(all[1...])
                        && found.last?.name.hasPrefix("000003") == true,
                comment)
            if isMade { #expect(contents.last == source.stored, comment) }
            // The next one cleans up.
            let next = try source.database.backup(to: BackupStore(files: image, path: Self.storePath), keeping: 1)
            #expect(try Self.restored(next.backup.name, of: image) == source.stored, comment)
            let left = image.snapshot.keys.filter { $0.hasSuffix(".tmp") || $0.contains(".tmp/") }
            #expect(left.isEmpty, comment)
            let blocks = image.snapshot.keys.filter { $0.hasSuffix(".block") }
            #expect(blocks.count == next.backup.blocks, comment)
        }
    }

    @Test(arguments: [DiskFault.crash, .error(EIO), .failedSync])
    func `change nothing at the database when its disk fails at any call`(fault: DiskFault) throws {
        let source = try Source(), disk = SimulatedFileSystem()
        let store = BackupStore(files: disk, path: Self.storePath)
        try source.live()
        try source.database.backup(to: store)
        let first = source.stored
        try source.append()
        try source.database.close()
        func run(_ image: SimulatedFileSystem, _ target: SimulatedFileSystem) throws {
            let database = try Workload.open(image, clock: source.clock)
            try database.backup(to: BackupStore(files: target, path: Self.storePath))
        }
        let start = source.disk.processEndImage(), probe = start.processEndImage()
        let opened = try Workload.open(probe, clock: source.clock)
        let begin = probe.callCount
        try opened.backup(to: BackupStore(files: disk.processEndImage(), path: Self.storePath))
        for call in stride(from: begin, to: probe.callCount, by: Effort.isFull ? 1 : 11) {
            let image = start.processEndImage(), target = disk.processEndImage()
            image.inject(fault, atCall: call)
            _ = try? run(image, target)
            let comment: Comment = "\(fault) at call \(call)"
            let after = fault == .crash ? image.crashImage(seed: UInt64(call)) : image.processEndImage()
            let database = try Workload.open(after, clock: source.clock)
            #expect(try Workload.contents(of: database) == source.stored, comment)
            #expect(database.recovery.damagedBlocks.isEmpty, comment)
            try Self.check(target, [first, source.stored], least: 1, comment)
            // What is left of the snapshot goes with the next one.
            try database.backup(to: BackupStore(files: target, path: Self.storePath))
            #expect(!after.snapshot.keys.contains { $0.contains("/snapshots/") && $0.contains(".tmp") }, comment)
        }
    }

    @Test(arguments: [DiskFault.crash, .error(EIO), .error(ENOSPC), .failedSync], [false, true])
    func `are restored and cloned wholly or not at all`(fault: DiskFault, isClone: Bool) throws {
        let source = try Source(), disk = SimulatedFileSystem()
        try source.live()
        try source.database.backup(to: BackupStore(files: disk, path: Self.storePath))
        try source.database.close()
        let target = "/new/database"
        func run(_ image: SimulatedFileSystem) throws {
            if isClone {
                try Workload.open(image, clock: source.clock).clone(to: target)
            } else {
                try BackupStore(files: disk, path: Self.storePath).restore(to: target, in: image)
            }
        }
        let start = isClone ? source.disk.processEndImage() : SimulatedFileSystem()
        let probe = start.processEndImage()
        if isClone { _ = try Workload.open(probe, clock: source.clock) }
        let begin = isClone ? probe.callCount : 0
        let count = start.processEndImage()
        try run(count)
        for call in stride(from: begin, to: count.callCount, by: Effort.isFull ? 1 : 7) {
            let image = start.processEndImage()
            image.inject(fault, atCall: call)
            var isMade = true
            do { try run(image) } catch { isMade = false }
            let after = fault == .crash ? image.crashImage(seed: UInt64(call)) : image.processEndImage()
            let comment: Comment = "\(fault) at call \(call), \(isClone ? "clone" : "restore")"
            let hasFiles = after.snapshot.keys.contains { $0.hasPrefix(target + "/") }
            guard hasFiles || isMade else { continue }
            do throws(OpenError) {
                var configuration = Workload.configuration(clock: source.clock)
                configuration.durability = .buffered
                let database = try Database(files: after, path: target, configuration: configuration)
                #expect(try! Workload.contents(of: database) == source.stored, comment)
                #expect(!database.recovery.foundDamage, comment)
            } catch {
                #expect(!isMade && error.description.contains("not a whole database"), "\(comment): \(error)")
            }
            if isClone {
                let database = try Workload.open(after, clock: source.clock)
                #expect(try Workload.contents(of: database) == source.stored, comment)
            }
        }
    }

    @Test func `are clones that live apart, with ids of their own`() throws {
        let source = try Source()
        try source.live()
        let before = source.disk.snapshot
        try source.database.clone(to: "/clone")
        // Hard links: no block has another file.
        let blocks = source.disk.snapshot.keys.filter { $0.hasPrefix("/clone/blocks/") }
        #expect(blocks.count > 1 && before.count > 4)
        let copy = try Database(
            files: source.disk, path: "/clone", configuration: Workload.configuration(clock: source.clock))
        #expect(try Workload.contents(of: copy) == source.stored)
        try copy.append { $0.append(1, at: Timestamp(milliseconds: source.clock.now + 1), to: ["__name__": "own"]) }
        let both = try Workload.contents(of: copy)
        #expect(try Workload.contents(of: source.database) == source.stored && both != source.stored)
        try source.append()
        try source.database.close()
        try copy.close()
        source.disk.removeTree("/data")
        let again = try Database(
            files: source.disk, path: "/clone", configuration: Workload.configuration(clock: source.clock))
        #expect(try Workload.contents(of: again) == both)
        #expect(throws: BackupError.notEmpty(path: "/clone")) {
            try again.clone(to: "/clone")
        }
    }

    @Test func `name what is damaged, at the source and in the store, and change nothing`() throws {
        let source = try Source(), disk = SimulatedFileSystem()
        let store = BackupStore(files: disk, path: Self.storePath)
        try source.live()
        try source.database.backup(to: store)
        let first = source.stored
        try source.append()
        _ = try source.database.snapshot()
        let block = source.disk.snapshot.keys.filter { $0.hasPrefix("/data/blocks/") }.sorted().last!
        source.disk.flipBit(block, byte: 70, bit: 1)
        #expect(throws: BackupError.self) { try source.database.backup(to: store) }
        try Self.check(disk, [first], least: 1, "damaged source")
        // Every bit of a block in the store is checked when it is restored.
        let stored = try #require(disk.snapshot.keys.filter { $0.hasPrefix("/backups/blocks/") }.sorted().first)
        let length = disk.contents(of: stored)!.count
        for byte in stride(from: 0, to: length, by: max(1, length / (Effort.isFull ? 200 : 20))) {
            let image = disk.processEndImage()
            image.flipBit(stored, byte: byte, bit: byte % 8)
            let target = SimulatedFileSystem()
            do throws(BackupError) {
                try BackupStore(files: image, path: Self.storePath).restore(to: Workload.path, in: target)
                // Bytes between pages belong to nothing.
                let database = try! Workload.open(target)
                #expect(try! Workload.contents(of: database) == first, "bit \(byte)")
            } catch {
                #expect(error.description.contains(stored) && target.snapshot.isEmpty, "byte \(byte): \(error)")
                #expect(try BackupStore(files: image, path: Self.storePath).verify().count == 1, "byte \(byte)")
            }
        }
        // A directory with other things is no store.
        disk.setContents(of: "/other/thing", to: [1])
        #expect(throws: BackupError.notStore(path: "/other")) {
            try source.database.backup(to: BackupStore(files: disk, path: "/other"))
        }
    }

    @Test func `take a snapshot that another process made, and refuse what is no snapshot`() throws {
        let directory = TemporaryDirectory(), path = "\(directory.path)/data", store = "\(directory.path)/store"
        let database = try Database(path: path)
        try database.append { $0.append(1, at: Timestamp(milliseconds: 1_700_000_000_000), to: ["__name__": "up"]) }
        let name = try database.snapshot()
        let report = try BackupStore(path: store).add(snapshot: "\(path)/snapshots/\(name)", keeping: 3)
        #expect(report.copiedBlocks == 1 && report.backup.samples == 1)
        try database.append { $0.append(1, at: Timestamp(milliseconds: 1_700_000_000_001), to: ["__name__": "up"]) }
        #expect(throws: BackupError.self) { try BackupStore(path: store).add(snapshot: path) }
        #expect(throws: BackupError.self) { try BackupStore(path: store).add(snapshot: "\(directory.path)/none") }
        try BackupStore(path: store).restore(to: "\(directory.path)/restored")
        try Database.clone(snapshot: "\(path)/snapshots/\(name)", to: "\(directory.path)/clone")
        for copy in ["restored", "clone"] {
            let opened = try Database(path: "\(directory.path)/\(copy)")
            #expect(opened.statistics.blockSamples == 1)
            try opened.close()
        }
        #expect(throws: OpenError.self) { try Database(path: "\(store)/backups/\(report.backup.name)") }
        try database.close()
    }
}
