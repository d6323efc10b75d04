import CLibrary
import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import PromQL
import Synchronization
import Testing

/// What reads leave out because it is damaged, as a query's limits note it.
final class DamageNotes: ReadLimits {
    private let state = Mutex((missing: [MissingData](), files: Set<String>()))

    var missing: [MissingData] { state.withLock { $0.missing } }

    func check() throws(ReadError) {}
    func reserve(bytes count: Int) throws(ReadError) {}
    func release(bytes count: Int) {}
    func leaveOut(_ missing: MissingData) throws(ReadError) { state.withLock { $0.missing.append(missing) } }
    func leavesOut(file path: String) -> Bool { state.withLock { $0.files.contains(path) } }

    /// Leaves out the file whose damage made a read fail; throws if it was something else.
    func leaveOutFile(of error: ReadError) throws(ReadError) {
        guard case .damaged(let path, _) = error, !leavesOut(file: path) else { throw error }
        state.withLock { state in
            state.files.insert(path)
            state.missing.append(MissingData(error, .earliest ... .latest, isWholeFile: true))
        }
    }
}

/// Bits flip in every kind of file. They are detected or harmless, cost the smallest part, and are reported with the
/// file; everything else is still there.
@Suite struct `A database with flipped bits` {
    private static let range = Timestamp(milliseconds: 0)...Timestamp(milliseconds: 1 << 50)

    /// A directory with blocks of several levels, two checkpoints, segments, records and a deletion, and what is in it.
    private struct Original {
        let disk: SimulatedFileSystem
        let samples: [Labels: [UInt64]]
        let clock: TestClock

        init(seed: UInt64) throws {
            let disk = SimulatedFileSystem(), clock = TestClock()
            var random = SeededGenerator(seed: seed)
            var configuration = Workload.configuration(clock: clock)
            configuration.openByteLimit = 1 << 30
            let database = try Database(files: disk, path: "/data", configuration: configuration)
            for step in 0..<30 {
                clock.now += 900_000
                try database.append { batch in
                    for number in 0..<24 {
                        let labels: Labels = ["__name__": "m\(number % 4)", "i": "\(number)"]
                        for row in 0..<6 {
                            batch.append(
                                Double(random.below(1 << 30)) / 7,
                                at: Timestamp(milliseconds: clock.now + Int64(row) * 1000 + Int64(number % 3)),
                                to: labels)
                        }
                    }
                    batch.set("key\(step)", [UInt8(step)], in: "space")
                }
                if step % 5 == 4, step < 25 { try database.seal() }
                database.maintain()
            }
            _ = try database.compact()
            try database.delete(
                matching: .equal("i", "3"),
                in: Timestamp(milliseconds: 0)...Timestamp(milliseconds: clock.now - 20_000_000))
            for _ in 0..<3 { database.maintain() }
            let notes = DamageNotes()
            samples = try Self.read(database, notes)
            precondition(notes.missing.isEmpty && samples.count > 20)
            self.disk = disk.processEndImage()
            self.clock = clock
        }

        /// All samples, as far as they can be read.
        static func read(_ database: Database, _ notes: DamageNotes) throws(ReadError) -> [Labels: [UInt64]] {
            while true {
                do throws(ReadError) { return try readOnce(database, notes) } catch {
                    try notes.leaveOutFile(of: error)
                }
            }
        }

        private static func readOnce(
            _ database: Database, _ notes: DamageNotes
        ) throws(ReadError) -> [Labels: [UInt64]] {
            var found: [Labels: [UInt64]] = [:]
            for series in try database.readView().series(in: range, limits: notes) {
                let samples = try series.samples()
                if samples.isEmpty { continue }
                found[series.labels] = samples.flatMap {
                    [UInt64(bitPattern: $0.timestamp.milliseconds), $0.value.bitPattern]
                }
            }
            return found
        }
    }

    /// Whether all pairs of `part` are in `whole`, in their order.
    private static func isPart(_ part: [UInt64], of whole: [UInt64]) -> Bool {
        var index = 0
        for pair in stride(from: 0, to: part.count, by: 2) {
            while index < whole.count, whole[index] != part[pair] { index += 2 }
            guard index < whole.count, whole[index + 1] == part[pair + 1] else { return false }
            index += 2
        }
        return true
    }

    @Test(arguments: [61, 62] as [UInt64])
    func `names what it costs, and answers with the rest`(seed: UInt64) throws {
        let original = try Original(seed: seed)
        let files = original.disk.snapshot.keys.filter { !$0.hasSuffix("/LOCK") && !$0.contains("RESERVE") }.sorted()
        let kinds = Set(files.map { $0.split(separator: ".").last! })
        #expect(kinds.isSuperset(of: ["block", "log", "samples", "series", "sidedata", "copy"]), "\(kinds)")
        var random = SeededGenerator(seed: seed), costs: [Substring: Int] = [:], tried = 0
        for file in files {
            let count = original.disk.contents(of: file)!.count
            // All bytes of small files, else as many as there is time for.
            let most = Effort.isFull ? count : 24
            let bytes = count <= most ? Array(0..<count) : (0..<most).map { _ in random.below(count) }
            for byte in bytes {
                tried += 1
                let bit = random.below(8), comment: Comment = "seed \(seed), \(file), byte \(byte), bit \(bit)"
                let disk = original.disk.processEndImage()
                disk.flipBit(file, byte: byte, bit: bit)
                var configuration = Workload.configuration(clock: original.clock)
                configuration.onEvent = { _ in }
                let database: Database
                do throws(OpenError) {
                    database = try Database(files: disk, path: "/data", configuration: configuration)
                } catch {
                    // An unknown version of a file refuses to be opened, and names the file.
                    guard case .unsupportedFormat = error else {
                        Issue.record("\(comment): \(error)")
                        continue
                    }
                    continue
                }
                let notes = DamageNotes()
                let found = try Original.read(database, notes)
                // Deleted samples may be back if the record of the deletion is damaged, which is reported.
                let hasDeletion = database.recovery.damagedDeletions.isEmpty && database.statistics.deletions == 1
                if hasDeletion {
                    for (labels, samples) in found {
                        #expect(Self.isPart(samples, of: original.samples[labels] ?? []), comment)
                    }
                }
                let stored = original.samples.values.reduce(0) { $0 + $1.count }
                let lost = stored - found.values.reduce(0) { $0 + $1.count }
                guard lost > 0 else { continue }
                costs[file.split(separator: ".").last!, default: 0] += 1
                let named = notes.missing.contains { $0.description.contains(file) }
                #expect(named || database.recovery.foundDamage, "\(comment): \(lost) of \(stored) are missing")
                // What was at the end of the log may never have been on the disk.
                #expect(!database.damage.isEmpty || database.recovery.log.cutTail != nil, comment)
                if file.hasSuffix(".block") {
                    #expect(named && database.damage.contains { "/data/\($0.path)" == file }, comment)
                    // A page costs its own columns.
                    if database.damage.allSatisfy({ $0.kind == .page }) { #expect(lost < stored / 2, comment) }
                }
            }
        }
        #expect(costs["block"] ?? 0 > 10 && tried > 200, "\(costs) of \(tried)")
    }

    @Test func `answers queries with a warning, or fails if asked to`() async throws {
        let original = try Original(seed: 63)
        let blocks = original.disk.snapshot.keys.filter { $0.hasSuffix(".block") }.sorted()
        let disk = original.disk.processEndImage(), damaged = blocks[0]
        // In the pages, which begin after the header.
        for byte in stride(from: 40, to: 400, by: 64) { disk.flipBit(damaged, byte: byte, bit: 1) }
        let database = try Database(
            files: disk, path: "/data", configuration: Workload.configuration(clock: original.clock))
        let end = Timestamp(milliseconds: original.clock.now), engine = PromQLEngine(), view = database.readView()
        let query = "sum(count_over_time({i=~\".+\"}[2d]))"
        let whole = original.samples.values.reduce(0) { $0 + $1.count / 2 }
        let result = try await engine.query(query, at: end, in: view)
        guard case .vector(let vector) = result.value, let value = vector.first?.value else {
            Issue.record("\(result.value)")
            return
        }
        #expect(value < Double(whole) && value > Double(whole) / 4)
        #expect(!result.warnings.isEmpty)
        #expect(
            result.warnings.allSatisfy { $0.hasPrefix("samples in \(damaged) are missing, because it is damaged: ") })
        var overrides = QueryOverrides()
        overrides.failsOnDamage = true
        await #expect(throws: QueryError.self) {
            try await engine.query(query, at: end, in: view, overrides: overrides)
        }
        // An index that cannot be read costs its block.
        let size = disk.contents(of: damaged)!.count
        for byte in stride(from: size / 2, to: size - 200, by: 16) { disk.flipBit(damaged, byte: byte, bit: 2) }
        let again = try Database(
            files: disk.processEndImage(), path: "/data", configuration: Workload.configuration(clock: original.clock))
        let second = try await engine.query(query, at: end, in: again.readView())
        #expect(second.warnings.contains { $0.contains("all samples in \(damaged) are missing") }, "\(second.warnings)")
        guard case .vector(let rest) = second.value else { return }
        #expect(rest.first?.value ?? 0 > 0)
    }

    @Test func `is scrubbed, remembers what was found, and forgets what was put right`() throws {
        let original = try Original(seed: 64), disk = original.disk.processEndImage()
        let configuration = Workload.configuration(clock: original.clock)
        let block = disk.snapshot.keys.filter { $0.hasSuffix(".block") }.sorted()[0]
        let bytes = disk.contents(of: block)!
        let database = try Database(files: disk, path: "/data", configuration: configuration)
        #expect(database.scrub().isEmpty && database.scrubbing.passes == 1)
        disk.flipBit(block, byte: 50, bit: 2)
        let units = database.scrub()
        #expect(units.count == 1 && units[0].kind == .page && "/data/\(units[0].path)" == block, "\(units)")
        #expect(units[0].bytes?.contains(50) == true && units[0].series ?? 0 > 0 && units[0].range != nil)
        try database.close()
        let second = try Database(files: disk, path: "/data", configuration: configuration)
        #expect(second.damage == units && second.statistics.damagedPlaces == 1)
        try second.close()
        disk.setContents(of: block, to: bytes)
        let third = try Database(files: disk, path: "/data", configuration: configuration)
        #expect(third.damage.count == 1 && third.scrub().isEmpty)
        try third.close()
        #expect(try Database(files: disk, path: "/data", configuration: configuration).damage.isEmpty)
    }

    @Test func `continues scrubbing after a restart, at a bounded rate`() throws {
        let original = try Original(seed: 66), disk = original.disk.processEndImage()
        var configuration = Workload.configuration(clock: original.clock)
        configuration.scrubBytesPerSecond = 6000
        func open() throws -> Database { try Database(files: disk, path: "/data", configuration: configuration) }
        let size = disk.snapshot.filter { $0.key.hasSuffix(".block") }.values.reduce(0) { $0 + $1.count }
        let first = try open()
        first.scrubIfDue()
        #expect(first.scrubbing.bytes == 0)
        original.clock.now += 3_600_000
        var last: UInt64 = 0
        for _ in 0..<5 {
            first.scrubIfDue()
            original.clock.now += 1000
            let bytes = first.scrubbing.bytes
            // One part may be longer than a second's share; the next seconds make up for it.
            #expect(bytes < last + 60_000)
            last = bytes
        }
        #expect(last > 6000 && first.scrubbing.passes == 0 && first.scrubbing.file != nil)
        // How far it is is stored now and then.
        original.clock.now += 700_000
        first.scrubIfDue()
        let read = first.scrubbing.bytes
        try first.close()
        let second = try open()
        for _ in 0..<1000 where second.scrubbing.passes == 0 {
            second.scrubIfDue()
            original.clock.now += 1000
        }
        #expect(second.scrubbing.passes == 1 && second.scrubbing.lastPass != nil)
        #expect(read > 6000 && size > 0)
        second.scrubIfDue()
        try second.close()
        let third = try open(), passed = third.scrubbing
        for _ in 0..<10 { third.scrubIfDue() }
        #expect(third.scrubbing.passes == 0 && passed.lastPass != nil && third.scrubbing.bytes == 0)
        original.clock.now += 8 * 86_400_000
        third.scrubIfDue()
        #expect(third.scrubbing.bytes > 0)
    }

    @Test func `is repaired without deleting anything, and keeps what can be read`() throws {
        for index in 0..<6 {
            let original = try Original(seed: 70 + UInt64(index)), disk = original.disk.processEndImage()
            let configuration = Workload.configuration(clock: original.clock)
            let block = disk.snapshot.keys.filter { $0.hasSuffix(".block") }.sorted()[0]
            let size = disk.contents(of: block)!.count
            // Pages first; then the index, the footer.
            let bytes = [
                [40, 300], [200], Array(stride(from: size / 2, to: size - 200, by: 300)), [size - 10], [60], [8],
            ]
            for byte in bytes[index] { disk.flipBit(block, byte: byte, bit: 5) }
            let damaged = disk.contents(of: block)!
            let database = try Database(files: disk, path: "/data", configuration: configuration)
            database.scrub()
            let notes = DamageNotes(), before = try Original.read(database, notes)
            let report = database.repair()
            #expect(report.failures.isEmpty && !report.damage.isEmpty, "\(index): \(report)")
            let after = DamageNotes(), found = try Original.read(database, after)
            for (labels, samples) in found {
                #expect(Self.isPart(samples, of: original.samples[labels] ?? []), "\(index)")
            }
            for (labels, samples) in before {
                #expect(Self.isPart(samples, of: found[labels] ?? []), "\(index), \(labels)")
            }
            #expect(report.setAside.count == 1 && after.missing.isEmpty, "\(index): \(after.missing)")
            for path in report.setAside { #expect(disk.contents(of: "/data/\(path)") == damaged) }
            #expect(database.scrub().isEmpty, "\(index)")
            if index == 5 { #expect(report.lostSamples == 0 && found == original.samples) }
            try database.close()
            let reopened = try Database(files: disk, path: "/data", configuration: configuration)
            #expect(try Original.read(reopened, DamageNotes()) == found)
        }
    }

    @Test func `is not repaired where a seal could not open its blocks yet`() throws {
        var refusals = 0
        for call in 0..<40 {
            let original = try Original(seed: 68), disk = original.disk.processEndImage()
            let configuration = Workload.configuration(clock: original.clock)
            let database = try Database(files: disk, path: "/data", configuration: configuration)
            try database.append { batch in
                for row in 0..<3 {
                    batch.append(1, at: Timestamp(milliseconds: original.clock.now + Int64(row)), to: ["i": "new"])
                }
            }
            let expected = try Original.read(database, DamageNotes())
            disk.inject(.error(EIO), atCall: disk.callCount + call)
            try? database.seal()
            disk.heal()
            let report = database.repair()
            refusals += report.failures.count
            #expect(report.removedBlocks.isEmpty && report.lostSamples == 0, "call \(call)")
            #expect(try Original.read(database, DamageNotes()) == expected, "call \(call)")
            try database.close()
            let again = try Database(files: disk, path: "/data", configuration: configuration)
            #expect(try Original.read(again, DamageNotes()) == expected, "call \(call)")
        }
        #expect(refusals > 0)
    }

    @Test(arguments: ["MANIFEST", "MANIFEST.copy"])
    func `writes a MANIFEST again that is gone, and says whether it could`(name: String) throws {
        let original = try Original(seed: 67), disk = original.disk.processEndImage()
        let configuration = Workload.configuration(clock: original.clock)
        let database = try Database(files: disk, path: "/data", configuration: configuration)
        try disk.remove("/data/\(name)")
        disk.setCapacity(0)
        #expect(database.scrub().contains { $0.path == name && $0.detail.contains("could not be written again") })
        disk.setCapacity(nil)
        #expect(database.scrub().contains { $0.path == name && $0.detail.contains("was written again from memory") })
        #expect(disk.contents(of: "/data/\(name)") != nil)
        #expect(database.scrub().isEmpty)
    }

    @Test func `writes again what is damaged in the MANIFEST, the log and checkpoints while it is open`() throws {
        let original = try Original(seed: 65)
        let files = original.disk.snapshot.keys.filter { file in
            ["log", "samples", "series", "sidedata", "copy", "/data/MANIFEST"].contains { file.hasSuffix($0) }
        }.sorted()
        for file in files {
            let disk = original.disk.processEndImage()
            let database = try Database(
                files: disk, path: "/data", configuration: Workload.configuration(clock: original.clock))
            for step in 0..<6 {
                original.clock.now += 1000
                try database.append { batch in
                    for number in 0..<40 {
                        batch.append(
                            Double(step * number) / 7, at: Timestamp(milliseconds: original.clock.now),
                            to: ["__name__": "later", "i": "\(number)"])
                    }
                }
            }
            let notes = DamageNotes(), expected = try Original.read(database, notes)
            guard let count = disk.contents(of: file)?.count, count > 24 else { continue }
            disk.flipBit(file, byte: count / 2, bit: 4)
            let found = database.scrub()
            for _ in 0..<2 {
                original.clock.now += 10_000
                try database.append {
                    $0.append(1, at: Timestamp(milliseconds: original.clock.now), to: ["__name__": "tick"])
                }
                database.maintain()
            }
            let reopened = try Database(
                files: disk.processEndImage(), path: "/data",
                configuration: Workload.configuration(clock: original.clock))
            let after = try Original.read(reopened, notes)
            for (labels, samples) in expected { #expect(after[labels] == samples, "\(file), found: \(found)") }
            #expect(notes.missing.isEmpty, "\(file)")
            // When the damaged file is gone, so is its damage.
            for _ in 0..<3 {
                original.clock.now += 600_000
                try database.append {
                    $0.append(2, at: Timestamp(milliseconds: original.clock.now), to: ["__name__": "tick"])
                }
                try database.seal()
                database.maintain()
            }
            #expect(database.scrub().isEmpty && database.damage.isEmpty, "\(file), found: \(found)")
        }
    }
}
