import CLibrary
import KTSDBModel
import KTSDBTesting
import PromQL
import Synchronization
import Testing

@testable import KTSDBEngine

/// Every case of every public error of the library is thrown by something: the walk fails for a case that nothing here
/// provokes, and for one that is no longer in the sources.
@Suite struct `Public errors` {
    /// Reserved for a budget of memory that ends views.
    static let exempt: Set = ["ReadError.viewEnded"]

    @Test func `can all be provoked, and each says what happened`() async throws {
        var errors: [any Error] = []
        errors += try Self.openErrors() + Self.diskErrors() + Self.appendErrors() + Self.readErrors()
        errors += try Self.lastingErrors() + Self.clockErrors() + Self.faults() + Self.histogramErrors()
        errors += try Self.deletionErrors() + Self.retentionErrors() + Self.backupErrors()
        errors += try Self.rollupErrors()
        errors += await Self.queryErrors()
        let provoked = Set(errors.compactMap(Self.name))
        let cases = try Self.casesInSources().subtracting(Self.exempt)
        #expect(cases.subtracting(provoked).sorted() == [], "Nothing provokes these.")
        #expect(provoked.subtracting(cases).sorted() == [], "These are not in the sources.")
        for error in errors { #expect("\(error)".count > 10, "\(error)") }
    }

    /// The names of all cases, such as `AppendError.closed`.
    private static func casesInSources() throws -> Set<String> {
        let files = POSIXFileSystem()
        var names: Set<String> = []
        let root = #filePath.components(before: "/Tests/")
        func visit(_ directory: String) throws {
            for name in try files.list(directory) {
                let path = "\(directory)/\(name)"
                guard name.hasSuffix(".swift") else {
                    if !name.contains(".") { try visit(path) }
                    continue
                }
                let text = String(decoding: try files.open(path).readAll(), as: UTF8.self)
                var type: Substring?
                for line in text.split(separator: "\n") {
                    if let match = line.firstMatch(of: /^public enum (\w+): Error/) { type = match.1 }
                    if line == "}" { type = nil }
                    if let type, let match = line.firstMatch(of: /^ {4}case (\w+)/) {
                        names.insert("\(type).\(match.1)")
                    }
                }
            }
        }
        for target in ["KTSDBModel", "KTSDBEngine", "PromQL"] { try visit("\(root)/Sources/\(target)") }
        return names
    }

    /// The error that `body` throws.
    private static func thrown(_ body: () throws -> Void) -> [any Error] {
        do {
            try body()
            return []
        } catch { return [error] }
    }

    private static func retentionErrors() throws -> [any Error] {
        let rule = try RetentionRule("a", matching: [[.name("m")]], keep: .seconds(1))
        return thrown { _ = try RetentionRule("", matching: rule.matchers, keep: rule.keep) }
            + thrown { _ = try RetentionRule("a", matching: [], keep: rule.keep) }
            + thrown { _ = try RetentionRule("a", matching: rule.matchers, keep: .zero) }
            + thrown { _ = try RetentionRules([rule, rule]) }
            + thrown {
                let many = try (0...RetentionRules.limit).map {
                    try RetentionRule("\($0)", matching: rule.matchers, keep: rule.keep)
                }
                _ = try RetentionRules(many)
            }
    }

    private static func rollupErrors() throws -> [any Error] {
        func rule(
            _ name: String = "a", _ matchers: [[LabelMatcher]] = [[.name("m")]], interval: Int = 60,
            _ aggregates: Set<RollupAggregate> = [.max], keep: Duration? = nil
        ) throws -> RollupRule {
            try RollupRule(
                name, matching: matchers, interval: .seconds(interval), aggregates: aggregates, keep: keep)
        }
        var errors = thrown { _ = try rule("") } + thrown { _ = try rule("a", []) }
        errors += thrown { _ = try rule(interval: 1) } + thrown { _ = try rule("a", [[.name("m")]], []) }
        errors += thrown { _ = try rule(keep: .seconds(1)) } + thrown { _ = try RollupRules([rule(), rule()]) }
        errors += thrown { _ = try RollupRules((0...RollupRules.limit).map { try rule("\($0)") }) }
        let disk = SimulatedFileSystem(), database = try filled(disk)
        try database.setRollupRules(RollupRules([rule()]))
        disk.injectAlways(.error(EIO), from: 0)
        errors += thrown { try database.rollUp() }
        try? database.close()
        errors += thrown { try database.rollUp() }
        return errors
    }

    private static func backupErrors() throws -> [any Error] {
        let disk = SimulatedFileSystem(), database = try filled(disk)
        let store = BackupStore(files: disk, path: "/store")
        var errors = thrown { try store.restore(to: "/x") }
        disk.setContents(of: "/other/thing", to: [1])
        errors += thrown { try database.backup(to: BackupStore(files: disk, path: "/other")) }
        errors += thrown { try database.clone(to: "/other") }
        try database.backup(to: store)
        let lock = try disk.lock("/store/LOCK")
        errors += thrown { try database.backup(to: store) }
        lock.release()
        let full = SimulatedFileSystem()
        full.setCapacity(0)
        errors += thrown { try database.backup(to: BackupStore(files: full, path: "/store")) }
        let failing = SimulatedFileSystem()
        failing.injectAlways(.error(EIO), from: 0)
        errors += thrown { try database.backup(to: BackupStore(files: failing, path: "/store")) }
        try database.append { $0.append(1, at: Timestamp(milliseconds: 1_700_001_000_000), to: ["__name__": "m"]) }
        errors += thrown { try store.add(snapshot: "/data") }
        let block = "/data/blocks/\(try disk.list("/data/blocks")[0])"
        disk.flipBit(block, byte: 200, bit: 1)
        errors += thrown { try database.backup(to: BackupStore(files: disk, path: "/new")) }
        try database.close()
        errors += thrown { try database.backup(to: store) }
        return errors
    }

    private static func filled(_ disk: SimulatedFileSystem) throws -> Database {
        let database = try CheckpointTestSupport.open(disk)
        for step in 0..<3 {
            try database.append { batch in
                for number in 0..<60 as Range<Int64> {
                    let time = Timestamp(milliseconds: 1_700_000_000_000 + Int64(step) * 100_000 + number * number)
                    let value = Double(number) + 1 / Double(3 + number * number)
                    batch.append(value, at: time, to: ["__name__": "m", "i": "\(number % 4)"])
                }
            }
            try database.seal()
        }
        return database
    }

    private static func openErrors() throws -> [any Error] {
        let disk = SimulatedFileSystem()
        let database = try filled(disk)
        var errors = thrown { _ = try CheckpointTestSupport.open(disk) }
        try database.close()
        let segment = "/data/wal/\(try disk.list("/data/wal").last!)"
        let image = disk.processEndImage()
        var bytes = image.contents(of: segment)!
        bytes[4] = 9
        let checksum = unsafe bytes.span.bytes.extracting(first: 40).crc32c()
        for index in 0..<4 { bytes[40 + index] = UInt8(truncatingIfNeeded: checksum >> UInt32(8 * index)) }
        image.setContents(of: segment, to: bytes)
        errors += thrown { _ = try CheckpointTestSupport.open(image) }
        // A frame whose checksums are right, and whose body is not a commit.
        let other = SimulatedFileSystem()
        let opened = try CheckpointTestSupport.open(other)
        var body = LogBody()
        body.buffer.append(99 as UInt8)
        body.finish()
        try opened.log!.prepare(byteCount: 1)
        _ = try opened.log!.append(FrameContext(wallClock: 0), body)
        try opened.log!.close()
        errors += thrown { _ = try CheckpointTestSupport.open(other.processEndImage()) }
        return try errors + followerErrors()
    }

    /// A writer that seals each time that a reader looks at the log.
    private static func followerErrors() throws -> [any Error] {
        let disk = SimulatedFileSystem(), database = try CheckpointTestSupport.open(disk), seals = Atomic<Int64>(0)
        disk.onCall = { call in
            guard call.operation == "list", call.path == "/data/wal" else { return }
            let number = seals.wrappingAdd(1, ordering: .relaxed).newValue
            let time = Timestamp(milliseconds: 1_700_000_000_000 + number)
            _ = try? database.append { $0.append(1, at: time, to: ["__name__": "m"]) }
            _ = try? database.seal()
        }
        defer { disk.onCall = nil }
        return thrown { _ = try DatabaseFollower(files: disk, path: "/data", configuration: .init()) }
    }

    /// What each operation throws when one of its calls fails, tried call by call until every expected error has come.
    private static func diskErrors() throws -> [any Error] {
        let clock = ManualClock()
        var configuration = CheckpointTestSupport.configuration()
        configuration.clock = .manual(clock)
        let start = SimulatedFileSystem()
        func open(_ disk: SimulatedFileSystem) throws -> Database {
            try Database(files: disk, path: "/data", configuration: configuration)
        }
        // Two blocks of one window, which are due when it is over, a sample ahead of the clock, and one in memory.
        let database = try open(start), began = clock.now
        for step in 0..<2 {
            try database.append { $0.append(1, at: began + .seconds(step), to: ["__name__": "m"]) }
            try database.seal()
        }
        clock.now = began + .seconds(1_000_000)
        try database.append { $0.append(1, at: clock.now, to: ["__name__": "ahead"]) }
        try database.seal()
        clock.now = began
        clock.advance(by: .seconds(40_000))
        try database.append { $0.append(1, at: clock.now, to: ["__name__": "memory"]) }
        var errors: [any Error] = []
        func provoke(_ expected: Set<String>, _ operation: (SimulatedFileSystem, _ arm: () -> Void) throws -> Void) {
            var missing = expected
            for fault in [DiskFault.error(EIO), .error(ENOSPC), .failedSync] {
                for call in 0..<40 where !missing.isEmpty {
                    let disk = start.processEndImage()
                    do {
                        try operation(disk) { disk.inject(fault, atCall: disk.callCount + call) }
                    } catch {
                        errors.append(error)
                        if let name = name(error) { missing.remove(name) }
                    }
                }
            }
        }
        provoke(["OpenError.file", "OpenError.diskFull"]) { disk, arm in
            arm()
            _ = try open(disk)
        }
        provoke(["AppendError.file", "AppendError.diskFull", "AppendError.unavailable", "AppendError.notDurable"]) {
            disk, arm in
            let database = try open(disk)
            arm()
            try database.append { $0.append(1, at: clock.now, to: ["__name__": "m"]) }
        }
        provoke(["SnapshotError.file", "SnapshotError.sealFailed", "SnapshotError.manifest"]) { disk, arm in
            let database = try open(disk)
            arm()
            _ = try database.snapshot()
        }
        provoke(["CompactionError.failed", "CompactionError.diskFull"]) { disk, arm in
            let database = try open(disk)
            arm()
            _ = try database.compact()
        }
        provoke(["DropFutureError.failed", "DropFutureError.sealFailed"]) { disk, arm in
            let database = try open(disk)
            arm()
            _ = try database.dropFuture()
        }
        provoke(["DeletionError.failed", "DeletionError.sealFailed"]) { disk, arm in
            let database = try open(disk)
            arm()
            try database.delete(matching: .name("memory"), in: .earliest ... .latest)
        }
        func importOne(_ database: Database) throws {
            try database.importSamples { try $0.append(1, at: began, to: ["__name__": "imported"]) }
        }
        provoke(["ImportError.failed", "ImportError.diskFull", "ImportError.sealFailed"]) { disk, arm in
            let database = try open(disk)
            arm()
            try importOne(database)
        }
        // A disk that fails for good while the MANIFEST is written.
        var isUndecided = false
        for call in 0..<300 where !isUndecided {
            let disk = start.processEndImage(), database = try open(disk)
            disk.injectAlways(.error(EIO), from: disk.callCount + call)
            do { try importOne(database) } catch {
                guard case ImportError.undecided = error else { continue }
                isUndecided = true
                errors.append(error)
            }
        }
        return errors
    }

    private static func appendErrors() throws -> [any Error] {
        let disk = SimulatedFileSystem()
        var configuration = CheckpointTestSupport.configuration()
        configuration.logBodyByteLimit = 1000
        let database = try Database(files: disk, path: "/data", configuration: configuration)
        var errors = thrown {
            try database.append { $0.set("key", [UInt8](repeating: 7, count: 2000), in: "space") }
        }
        #expect(database.readView().recordSpaces.isEmpty)
        try database.append { $0.append(1, at: Timestamp(milliseconds: 1000), to: ["__name__": "m"]) }
        try database.close()
        errors += thrown { try database.append { $0.set("key", [], in: "space") } }
        errors += thrown { _ = try database.compact() }
        errors += thrown { _ = try database.dropFuture() }
        errors += thrown { _ = try database.snapshot() }
        errors += thrown { try database.importSamples { _ in } }
        let memory = Database.inMemory()
        errors += thrown { _ = try memory.snapshot() }
        errors += thrown {
            try memory.append { $0.set("key", [UInt8](repeating: 0, count: RecordTable.byteLimit + 1), in: "space") }
        }
        return errors
    }

    private static func deletionErrors() throws -> [any Error] {
        let clock = ManualClock(), everything = Timestamp.earliest...Timestamp.latest
        var configuration = CheckpointTestSupport.configuration()
        configuration.clock = .manual(clock)
        configuration.deletionLimit = 1
        let database = try Database(files: SimulatedFileSystem(), path: "/data", configuration: configuration)
        try database.append { $0.append(1, at: clock.now, to: ["__name__": "m"]) }
        var errors = thrown { try database.delete(matching: [], in: everything) }
        let long = LabelMatcher.name(String(repeating: "x", count: DeletionRecord.matcherByteLimit))
        errors += thrown { try database.delete(matching: long, in: everything) }
        errors += thrown { try database.undelete(7) }
        let deletion = try #require(try database.delete(matching: .name("m"), in: everything))
        errors += thrown { try database.delete(matching: .name("m"), in: everything) }
        clock.advance(by: configuration.deletionUndoPeriod)
        errors += thrown { try database.undelete(deletion.id) }
        try database.close()
        errors += thrown { try database.reclaim() }
        // A disk that fails for good while a deletion is made of what is in blocks.
        let start = SimulatedFileSystem()
        let filled = try filled(start)
        try filled.close()
        for call in 0..<30 {
            let disk = start.processEndImage(), opened = try CheckpointTestSupport.open(disk)
            disk.injectAlways(.error(EIO), from: disk.callCount + call)
            errors += thrown { try opened.delete(matching: .name("m"), in: everything) }
        }
        return errors
    }

    /// A disk that fails for good: the first commit is stored but not synced, and the next ones are refused.
    private static func lastingErrors() throws -> [any Error] {
        var errors: [any Error] = []
        for call in 0..<12 {
            let disk = SimulatedFileSystem()
            let database = try CheckpointTestSupport.open(disk)
            disk.injectAlways(.error(EIO), from: disk.callCount + call)
            for step in 0..<3 as Range<Int64> {
                errors += thrown {
                    try database.append { $0.append(1, at: Timestamp(milliseconds: step), to: ["__name__": "m"]) }
                }
            }
        }
        return errors
    }

    private static func readErrors() throws -> [any Error] {
        final class Ended: ReadLimits {
            func check() throws(ReadError) { throw .interrupted }
            func reserve(bytes count: Int) throws(ReadError) {}
            func release(bytes count: Int) {}
        }
        let disk = SimulatedFileSystem()
        let database = try filled(disk)
        let everything = Timestamp.earliest...Timestamp.latest
        var errors = thrown { _ = try database.readView().series(in: everything, limits: Ended()) }
        errors += thrown {
            let selection = try database.readView().select([], in: everything, limits: nil)
            var columns = SampleColumns()
            columns.sampleLimit = 1
            try selection.decode(0, into: &columns)
        }
        let block = "/data/blocks/\(try disk.list("/data/blocks").first!)"
        let image = disk.processEndImage()
        for byte in 32..<60 { image.flipBit(block, byte: byte, bit: 3) }
        let damaged = try CheckpointTestSupport.open(image)
        errors += thrown {
            for series in try damaged.readView().series(in: everything) { _ = try series.samples() }
        }
        let failing = disk.processEndImage()
        let opened = try CheckpointTestSupport.open(failing)
        failing.injectAlways(.error(EIO), from: failing.callCount)
        errors += thrown {
            for series in try opened.readView().series(in: everything) { _ = try series.samples() }
        }
        return errors
    }

    private static func clockErrors() throws -> [any Error] {
        let clock = ManualClock()
        var configuration = CheckpointTestSupport.configuration()
        configuration.clock = .manual(clock)
        let database = try Database(files: SimulatedFileSystem(), path: "/data", configuration: configuration)
        try database.append { $0.append(1, at: clock.now, to: ["__name__": "m"]) }
        clock.now = clock.now + .seconds(40 * 86_400)
        return thrown { _ = try database.dropFuture() }
    }

    /// The reasons of faults, which are not an error's cases but are as public.
    private static func faults() throws -> [any Error] {
        var reasons: Set<String> = []
        for interference in `A database whose directory is gone`.Interference.allCases {
            let disk = SimulatedFileSystem()
            let database = try `A database whose directory is gone`.open(disk)
            try `A database whose directory is gone`.append(database, 1)
            _ = try interference.begin(disk)
            _ = try? `A database whose directory is gone`.append(database, 2)
            switch database.storageFault?.reason {
            case .missing: reasons.insert("missing")
            case .replaced: reasons.insert("replaced")
            case .readOnly: reasons.insert("readOnly")
            case .failed: reasons.insert("failed")
            default: Issue.record("\(interference) is not noticed.")
            }
        }
        #expect(reasons == ["missing", "replaced", "readOnly", "failed"])
        return []
    }

    private static func histogramErrors() -> [any Error] {
        var histograms = [Histogram(schema: 99), Histogram(count: -1), Histogram(customBounds: [1])]
        histograms.append(Histogram(positive: HistogramBuckets(spans: [], counts: [1])))
        let spans = [HistogramSpan(offset: 0, length: 1), HistogramSpan(offset: -1, length: 1)]
        histograms.append(Histogram(positive: HistogramBuckets(spans: spans, counts: [1, 1])))
        histograms.append(Histogram(schema: Histogram.customSchema, customBounds: [2, 1]))
        return histograms.flatMap { histogram in thrown { try histogram.validate() } }
    }

    // MARK: Queries

    private struct DamagedSource: SeriesSource {
        func select(
            _ matchers: [LabelMatcher], in range: ClosedRange<Timestamp>, limits: (any ReadLimits)?
        ) throws(ReadError) -> any SelectedSeries {
            throw .damaged(path: "/data/blocks/1.block", detail: "a test says so")
        }
    }

    private static func queryErrors() async -> [any Error] {
        let database = Database.inMemory(), time = Timestamp(milliseconds: 1_700_000_000_000)
        _ = try? database.append { batch in
            for number in 0..<2000 { batch.append(1, at: time, to: ["__name__": "m", "i": "\(number)"]) }
        }
        let view = database.readView(), range = time - .seconds(3600)...time
        func error(
            _ text: String, step: Duration = .seconds(1), _ source: some SeriesSource,
            cancellation: QueryCancellation? = nil, _ change: (inout EngineOptions) -> Void = { _ in }
        ) async -> [any Error] {
            var options = EngineOptions()
            change(&options)
            do throws(QueryError) {
                _ = try await PromQLEngine(options).query(
                    text, over: range, step: step, in: source, cancellation: cancellation)
                return []
            } catch { return [error] }
        }
        let cancelled = QueryCancellation()
        cancelled.cancel()
        var errors = await error("sum(", view)
        errors += await error("m[5m]", view)
        errors += await error("m", step: .zero, view)
        errors += await error(#"label_replace(m, "i", "same", "i", ".*")"#, view)
        errors += await error("sum(rate(m[5m]))", view) { $0.timeout = .nanoseconds(1) }
        errors += await error("m", view, cancellation: cancelled)
        errors += await error("m", view) { $0.maximumSamples = 10 }
        errors += await error("m", view) { $0.memory = MemoryLedger(limit: 0) }
        errors += await error("m", view) { $0.maximumBytes = 1000 }
        errors += await error("m", view) { $0.maximumBytesOfAllQueries = 1 << 16 }
        errors += await error("m", DamagedSource())
        return errors
    }

    // MARK: Names

    /// `Type.case` of an enum; nil for other errors.
    private static func name(_ error: any Error) -> String? {
        switch error {
        case let error as OpenError:
            switch error {
            case .locked: "OpenError.locked"
            case .file: "OpenError.file"
            case .diskFull: "OpenError.diskFull"
            case .unsupportedFormat: "OpenError.unsupportedFormat"
            case .damaged: "OpenError.damaged"
            case .busy: "OpenError.busy"
            }
        case let error as RollupRuleError:
            switch error {
            case .noName: "RollupRuleError.noName"
            case .noMatchers: "RollupRuleError.noMatchers"
            case .interval: "RollupRuleError.interval"
            case .noAggregates: "RollupRuleError.noAggregates"
            case .keptTooShort: "RollupRuleError.keptTooShort"
            case .sameName: "RollupRuleError.sameName"
            case .tooMany: "RollupRuleError.tooMany"
            }
        case let error as RollupError:
            switch error {
            case .unavailable: "RollupError.unavailable"
            case .failed: "RollupError.failed"
            }
        case let error as BackupError:
            switch error {
            case .damaged: "BackupError.damaged"
            case .diskFull: "BackupError.diskFull"
            case .file: "BackupError.file"
            case .locked: "BackupError.locked"
            case .notEmpty: "BackupError.notEmpty"
            case .notSnapshot: "BackupError.notSnapshot"
            case .notStore: "BackupError.notStore"
            case .snapshot: "BackupError.snapshot"
            case .unknown: "BackupError.unknown"
            }
        case let error as RetentionRuleError:
            switch error {
            case .noName: "RetentionRuleError.noName"
            case .noMatchers: "RetentionRuleError.noMatchers"
            case .noTime: "RetentionRuleError.noTime"
            case .sameName: "RetentionRuleError.sameName"
            case .tooMany: "RetentionRuleError.tooMany"
            }
        case let error as AppendError:
            switch error {
            case .diskFull: "AppendError.diskFull"
            case .file: "AppendError.file"
            case .unavailable: "AppendError.unavailable"
            case .notDurable: "AppendError.notDurable"
            case .batchTooLarge: "AppendError.batchTooLarge"
            case .recordsTooLarge: "AppendError.recordsTooLarge"
            case .closed: "AppendError.closed"
            }
        case let error as ReadError:
            switch error {
            case .damaged: "ReadError.damaged"
            case .file: "ReadError.file"
            case .viewEnded: "ReadError.viewEnded"
            case .tooManySamples: "ReadError.tooManySamples"
            case .interrupted: "ReadError.interrupted"
            }
        case let error as SnapshotError:
            switch error {
            case .sealFailed: "SnapshotError.sealFailed"
            case .file: "SnapshotError.file"
            case .manifest: "SnapshotError.manifest"
            case .noDirectory: "SnapshotError.noDirectory"
            case .closed: "SnapshotError.closed"
            }
        case let error as CompactionError:
            switch error {
            case .diskFull: "CompactionError.diskFull"
            case .failed: "CompactionError.failed"
            case .closed: "CompactionError.closed"
            }
        case let error as ImportError:
            switch error {
            case .diskFull: "ImportError.diskFull"
            case .sealFailed: "ImportError.sealFailed"
            case .failed: "ImportError.failed"
            case .undecided: "ImportError.undecided"
            case .closed: "ImportError.closed"
            }
        case let error as DropFutureError:
            switch error {
            case .clockJumped: "DropFutureError.clockJumped"
            case .sealFailed: "DropFutureError.sealFailed"
            case .failed: "DropFutureError.failed"
            case .closed: "DropFutureError.closed"
            }
        case let error as DeletionError:
            switch error {
            case .noMatchers: "DeletionError.noMatchers"
            case .matchersTooLong: "DeletionError.matchersTooLong"
            case .tooMany: "DeletionError.tooMany"
            case .sealFailed: "DeletionError.sealFailed"
            case .failed: "DeletionError.failed"
            case .notDurable: "DeletionError.notDurable"
            case .unknown: "DeletionError.unknown"
            case .isFinal: "DeletionError.isFinal"
            case .closed: "DeletionError.closed"
            }
        case let error as HistogramError:
            switch error {
            case .schema: "HistogramError.schema"
            case .spans: "HistogramError.spans"
            case .offset: "HistogramError.offset"
            case .negativeCount: "HistogramError.negativeCount"
            case .customBounds: "HistogramError.customBounds"
            case .unexpectedParts: "HistogramError.unexpectedParts"
            }
        case let error as QueryError:
            switch error {
            case .parse: "QueryError.parse"
            case .invalidExpression: "QueryError.invalidExpression"
            case .invalidParameter: "QueryError.invalidParameter"
            case .execution: "QueryError.execution"
            case .timeout: "QueryError.timeout"
            case .cancelled: "QueryError.cancelled"
            case .tooManySamples: "QueryError.tooManySamples"
            case .tooMuchMemory: "QueryError.tooMuchMemory"
            case .memoryInUse: "QueryError.memoryInUse"
            case .memoryLimit: "QueryError.memoryLimit"
            case .storage: "QueryError.storage"
            }
        default: nil
        }
    }
}

extension String {
    /// What comes before `separator`.
    fileprivate func components(before separator: String) -> String {
        firstRange(of: separator).map { String(self[..<$0.lowerBound]) } ?? self
    }
}
