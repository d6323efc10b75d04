import CLibrary
import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Testing

/// A database with samples in memory and in blocks into which many samples are imported: some at the times of stored
/// ones, some of series that memory knows, newer than what it knows.
private struct ImportWorkload {
    static let labels: [Labels] = (0..<5).map { ["__name__": "m", "i": "\($0)"] }
    let clock = TestClock()
    /// How many samples are imported.
    var count = 150
    var duplicates = DuplicatePolicy.keepLast
    /// Without late samples, what a series' newest sample is shows in what is refused.
    var window: Duration? = .zero
    private(set) var stored: Contents = [:]

    var configuration: Database.Configuration {
        var configuration = Workload.configuration(clock: clock)
        configuration.outOfOrderWindow = window
        return configuration
    }

    func open(_ files: any FileSystem) throws(OpenError) -> Database {
        try Database(files: files, path: Workload.path, configuration: configuration)
    }

    /// The time of what is appended, the last of all imported times, and one in between.
    var appended: Int64 { clock.now - 600_000 }
    var last: Int64 { clock.now - 60_000 }
    var between: Int64 { clock.now - 300_000 }

    /// Stores what is there before the import.
    mutating func prepare(_ database: Database) throws {
        for (step, time) in [appended - 90_000_000, appended - 9_000_000, appended].enumerated() {
            try database.append { batch in
                for (series, labels) in Self.labels.enumerated() where series != 4 {
                    batch.append(Double(step * 10 + series), at: Timestamp(milliseconds: time), to: labels)
                }
            }
            if step == 0 { try database.seal() }
        }
        stored = try Workload.contents(of: database)
    }

    private var samples: [(labels: Labels, time: Int64, value: Double)] {
        var random = SeededGenerator(seed: 7)
        let known = [appended, appended - 9_000_000, appended - 90_000_000, last]
        return (0..<count).map { number in
            let time = number < 20 ? known[number % 4] : last - Int64(random.below(1_600)) * 60_000
            return (Self.labels[number % 5], time, Double(1000 + number))
        }
    }

    func importSamples(to database: Database) throws {
        let samples = samples
        try database.importSamples(duplicates: duplicates, bufferByteLimit: 1 << 12) { batch in
            for (labels, time, value) in samples {
                try batch.append(value, at: Timestamp(milliseconds: time), to: labels)
            }
        }
    }

    /// What is there after the import.
    var imported: Contents {
        var contents = stored
        for (labels, time, value) in samples
        where duplicates == .keepLast || contents.bits(at: time, labels) == nil {
            contents.set(value.bitPattern, at: UInt64(bitPattern: time), labels)
        }
        return contents
    }

    /// Checks that series are judged by the import if it is there.
    func checkNewest(_ database: Database, isImported: Bool, _ comment: Comment) throws {
        let summary = try database.append { batch in
            for labels in Self.labels[..<4] { batch.append(-1, at: Timestamp(milliseconds: between), to: labels) }
        }
        #expect(summary.appended == (isImported ? 0 : 4), comment)
        #expect(summary.rejections[.outOfOrder] ?? 0 == (isImported ? 4 : 0), comment)
    }
}

@Suite struct `An import on a failing disk` {
    /// What is lost besides, before the database is opened again.
    enum Loss: CaseIterable, Sendable {
        case nothing, manifest, lastEdits
    }

    /// What a database shows before and after an import with a fault, and the disk that is left.
    private func start(_ policy: DuplicatePolicy) throws -> (disk: SimulatedFileSystem, workload: ImportWorkload) {
        let disk = SimulatedFileSystem()
        var workload = ImportWorkload(duplicates: policy)
        let database = try workload.open(disk)
        try workload.prepare(database)
        // Without an orderly end: memory has samples, and so has the log.
        return (disk.processEndImage(), workload)
    }

    private func callCounts(_ start: SimulatedFileSystem, _ workload: ImportWorkload) throws -> (Int, Int) {
        let probe = start.processEndImage()
        let database = try workload.open(probe)
        let first = probe.callCount
        try workload.importSamples(to: database)
        let end = probe.callCount
        #expect(try Workload.contents(of: database) == workload.imported)
        return (first, end)
    }

    @Test(arguments: [DuplicatePolicy.keepFirst, .keepLast], Loss.allCases)
    func `is there wholly or not at all when the power goes at any call`(policy: DuplicatePolicy, loss: Loss) throws {
        let (start, workload) = try start(policy)
        let (first, end) = try callCounts(start, workload)
        #expect(end - first > 60)
        let old = ["MANIFEST", "MANIFEST.copy"].map { start.contents(of: "/data/\($0)") }
        var whole = 0, nothing = 0
        for call in first..<(end + 1) where Effort.isFull || call % 3 == 0 || call > end - 30 {
            let disk = start.processEndImage()
            let database = try workload.open(disk)
            disk.inject(.crash, atCall: call)
            let isAcknowledged = (try? workload.importSamples(to: database)) != nil && !disk.hasCrashed
            #expect(call < end || isAcknowledged)
            let image = call < end ? disk.crashImage(seed: UInt64(call) &* 31 &+ 5) : disk.processEndImage()
            for (name, bytes) in zip(["MANIFEST", "MANIFEST.copy"], old) {
                switch loss {
                case .nothing: break
                case .manifest: try? image.remove("/data/\(name)")
                case .lastEdits: image.setContents(of: "/data/\(name)", to: try #require(bytes))
                }
            }
            let comment: Comment = "power cut at call \(call) of \(end)"
            let recovered = try workload.open(image)
            let found = try Workload.contents(of: recovered), isImported = found == workload.imported
            #expect(isImported || (!isAcknowledged && found == workload.stored), comment)
            (whole, nothing) = isImported ? (whole + 1, nothing) : (whole, nothing + 1)
            #expect(recovered.recovery.damagedBlocks.isEmpty, comment)
            try workload.checkNewest(recovered, isImported: isImported, comment)
            // Nothing of an import is left that is not there, and another one takes its place.
            #expect((try? image.list("/data/imports")) ?? [] == [], comment)
            guard !isImported else { continue }
            try recovered.importSamples(duplicates: .keepLast) {
                try $0.append(5, at: Timestamp(milliseconds: workload.last), to: ["__name__": "again"])
            }
            let again = try Workload.contents(of: try workload.open(image.processEndImage()))
            #expect(again[["__name__": "again"]]?.count == 2, comment)
        }
        #expect(whole > 3 && nothing > 20)
    }

    @Test func `is there wholly or not at all when the power goes again at any call of the next opening`() throws {
        let (start, workload) = try start(.keepLast)
        let (first, end) = try callCounts(start, workload)
        for call in first..<end where Effort.isFull || call > end - 20 {
            let disk = start.processEndImage()
            let database = try workload.open(disk)
            disk.inject(.crash, atCall: call)
            try? workload.importSamples(to: database)
            let image = disk.crashImage(seed: UInt64(call))
            let probe = disk.crashImage(seed: UInt64(call))
            _ = try workload.open(probe)
            for later in 0..<probe.callCount where Effort.isFull || later % 13 == call % 13 {
                let again = image.processEndImage()
                again.inject(.crash, atCall: later)
                _ = try? workload.open(again)
                let comment: Comment = "power cut at call \(call), and at call \(later) of the opening"
                let last = try workload.open(again.crashImage(seed: UInt64(later)))
                let found = try Workload.contents(of: last), isImported = found == workload.imported
                #expect(isImported || found == workload.stored, comment)
                try workload.checkNewest(last, isImported: isImported, comment)
            }
        }
    }

    @Test(arguments: Loss.allCases)
    func `is found again when it was finished and the power goes at any call of the opening that finds it`(
        loss: Loss
    ) throws {
        let (start, workload) = try start(.keepLast)
        let disk = start.processEndImage()
        let database = try workload.open(disk)
        try workload.importSamples(to: database)
        for (name, bytes) in try edits(of: disk, start, loss) { disk.setContents(of: "/data/\(name)", to: bytes) }
        if loss == .manifest { for name in Self.names { try disk.remove("/data/\(name)") } }
        let probe = disk.processEndImage()
        _ = try workload.open(probe)
        for call in stride(from: 0, to: probe.callCount, by: Effort.isFull ? 1 : 3) {
            let image = disk.processEndImage()
            image.inject(.crash, atCall: call)
            _ = try? workload.open(image)
            let found = try workload.open(image.crashImage(seed: UInt64(call)))
            let comment: Comment = "power cut at call \(call) of \(probe.callCount)"
            #expect(try Workload.contents(of: found) == workload.imported, comment)
            try workload.checkNewest(found, isImported: true, comment)
        }
    }

    private static let names = ["MANIFEST", "MANIFEST.copy"]

    /// The contents of both files without the last edit, if that is what is lost: that of the import.
    private func edits(
        of disk: SimulatedFileSystem, _ start: SimulatedFileSystem, _ loss: Loss
    ) throws -> [(name: String, bytes: [UInt8])] {
        guard loss == .lastEdits else { return [] }
        let state = try Manifest.open(fileSystem: disk.processEndImage(), directory: "/data").state
        let old = try Manifest.open(fileSystem: start.processEndImage(), directory: "/data").state
        let copy = SimulatedFileSystem()
        let manifest = try Manifest.open(fileSystem: copy, directory: "/data", databaseID: state.databaseID)
        // Everything is in blocks up to the import's commit, and its blocks are not named.
        try manifest.commit(
            ManifestEdit(
                nextSeriesID: state.nextSeriesID, sealedThrough: state.sealedThrough,
                added: state.blocks.filter { $0.lastSequence < state.importedThrough }, newest: state.newest))
        #expect(manifest.state.blocks.count < state.blocks.count && old.blocks.count < state.blocks.count)
        return try Self.names.map { ($0, try #require(copy.contents(of: "/data/\($0)"))) }
    }

    @Test(arguments: [DiskFault.error(EIO), .error(ENOSPC), .shortWrite(5), .failedSync])
    func `says whether it is stored when a call fails, and can be repeated`(fault: DiskFault) throws {
        let (start, workload) = try start(.keepLast)
        let (first, end) = try callCounts(start, workload)
        var failures = 0
        for call in first..<end where Effort.isFull || call % 3 == 0 || call > end - 30 {
            let disk = start.processEndImage()
            let database = try workload.open(disk)
            disk.inject(fault, atCall: call)
            let comment: Comment = "\(fault) at call \(call)"
            do {
                try workload.importSamples(to: database)
                #expect(try Workload.contents(of: database) == workload.imported, comment)
            } catch {
                failures += 1
                #expect(error is ImportError, comment)
                #expect(try Workload.contents(of: database) == workload.stored, comment)
                let reopened = try workload.open(disk.processEndImage())
                #expect(try Workload.contents(of: reopened) == workload.stored, comment)
                disk.heal()
                try workload.importSamples(to: database)
                #expect(try Workload.contents(of: database) == workload.imported, comment)
            }
            disk.heal()
            database.maintain()
            try workload.checkNewest(database, isImported: true, comment)
            // What could not be removed then is removed now.
            let image = disk.processEndImage(), reopened = try workload.open(image)
            #expect(try Workload.contents(of: reopened) == workload.imported, comment)
            #expect(try image.list("/data/imports").isEmpty, comment)
            let blocks = try image.list("/data/blocks").count
            #expect(blocks == reopened.statistics.blocks, comment)
        }
        #expect(failures > 5)
    }

    @Test func `is found again without a MANIFEST when parts of it are compacted or too old`() throws {
        let disk = SimulatedFileSystem()
        var workload = ImportWorkload(window: nil)
        let database = try workload.open(disk)
        try workload.prepare(database)
        try workload.importSamples(to: database)
        let before = database.statistics.blocks
        // Compacts some of its blocks with others of their days.
        try database.append { batch in
            for age in [10_000_000, 80_000_000] as [Int64] {
                let time = Timestamp(milliseconds: workload.clock.now - age)
                batch.append(3, at: time, to: ["__name__": "other", "age": "\(age)"])
            }
        }
        try database.seal()
        #expect(database.statistics.blocks > before)
        #expect(try database.compact() > 0)
        // And some of its blocks go with their time.
        try database.close()
        var configuration = workload.configuration
        configuration.retention = .seconds(60_000)
        let short = try Database(files: disk, path: Workload.path, configuration: configuration)
        for _ in 0..<20 {
            workload.clock.now += 3_600_000
            short.maintain()
        }
        let contents = try Workload.contents(of: short), blocks = short.statistics.blocks
        #expect(blocks < before && contents.count > 2)
        let image = disk.processEndImage()
        for name in ["MANIFEST", "MANIFEST.copy"] { try image.remove("/data/\(name)") }
        let found = try Database(files: image, path: Workload.path, configuration: configuration)
        #expect(try Workload.contents(of: found) == contents)
        #expect(found.recovery.setAside.allSatisfy { $0.reason == .redundant || $0.reason == .unfinished })
    }
}
