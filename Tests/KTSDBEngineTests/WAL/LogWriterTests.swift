import CLibrary
import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Synchronization
import Testing

@Suite struct `The log writer` {
    final class OrderLock: Sendable {
        let mutex = Mutex(())
    }

    @Test func `Sequences count from one and go on after reopening`() throws {
        let disk = TestLog.disk()
        let log = try TestLog(disk)
        #expect(try log.append(.random(seed: 1)) == 1)
        #expect(try log.append(.random(seed: 2)) == 2)
        #expect(log.writer.lastSequence == 2)
        try log.writer.close()
        let second = try TestLog(disk)
        #expect(second.report.lastSequence == 2)
        #expect(try second.append(.random(seed: 3)) == 3)
    }

    @Test func `Reopening without commits does not collect segments`() throws {
        let disk = TestLog.disk()
        let log = try TestLog(disk)
        _ = try log.append(.random(seed: 1))
        try log.writer.close()
        for _ in 0..<5 { try TestLog(disk).writer.close() }
        #expect(try disk.list("data/wal").count == 2)
    }

    @Test func `A full segment is followed by another, with its definitions repeated`() throws {
        let disk = TestLog.disk()
        let log = try TestLog(disk, options: TestLog.options(segment: 1000))
        let first = log.writer.segmentNumber
        var commits: [TestCommit] = []
        for seed in 0..<30 { commits.append(.random(seed: UInt64(seed))) }
        for commit in commits { _ = try log.append(commit) }
        #expect(log.writer.segmentNumber > first + 2)
        #expect(log.writer.byteCount == disk.snapshot.values.reduce(0) { $0 + UInt64($1.count) })
        try log.writer.close()
        // The first segments are not needed to read the last.
        try disk.remove("data/wal/\(try disk.list("data/wal")[0])")
        let reopened = try TestLog(disk, sealedThrough: 15)
        #expect(reopened.orphans == 0)
        #expect(Set(reopened.replayed.keys) == Set(16...30))
    }

    @Test func `Only segments that are wholly sealed are removed, never the open one`() throws {
        let disk = TestLog.disk()
        let log = try TestLog(disk, options: TestLog.options(segment: 1 << 20))
        for seed in 0..<9 {
            _ = try log.append(.random(seed: UInt64(seed)))
            if seed % 3 == 2 { try log.writer.rotate() }
        }
        let before = try disk.list("data/wal").count
        try log.writer.removeSegments(through: 2)
        #expect(try disk.list("data/wal").count == before)
        try log.writer.removeSegments(through: 5)
        #expect(try disk.list("data/wal").count == before - 1)
        try log.writer.rotate()
        #expect(try disk.list("data/wal").count == before - 1)
        try log.writer.removeSegments(through: 100)
        #expect(try disk.list("data/wal").count == 1)
        #expect(try log.append(.random(seed: 10)) == 10)
        try log.writer.close()
        let reopened = try TestLog(disk, sealedThrough: 9)
        #expect(reopened.replayed.keys.sorted() == [10])
        #expect(reopened.report.damage.isEmpty)
    }

    @Test func `Waiting for durability syncs once for all that was written`() throws {
        let disk = TestLog.disk()
        let log = try TestLog(disk, options: TestLog.options(.durable))
        for seed in 0..<5 { _ = try log.append(.random(seed: UInt64(seed))) }
        #expect(log.writer.durableSequence == 0)
        try log.writer.waitUntilDurable(3)
        #expect(log.writer.durableSequence == 5)
        let calls = disk.callCount
        try log.writer.waitUntilDurable(5)
        #expect(disk.callCount == calls)
    }

    @Test func `Threads that wait at once share syncs`() async throws {
        let temporary = TemporaryDirectory()
        let (writer, _) = try LogRecovery<LoggedCommit>.recover(
            fileSystem: POSIXFileSystem(), directory: "\(temporary.path)/wal", databaseID: 5, sealedThrough: 0,
            options: TestLog.options(.durable, segment: 1 << 20)
        ) { _ in }
        for _ in 0..<200 {
            try writer.prepare(byteCount: 0)
            _ = try writer.append(FrameContext(wallClock: 1), LogBody())
        }
        await withTaskGroup(of: Bool.self) { group in
            for sequence in 1...200 {
                group.addTask {
                    (try? writer.waitUntilDurable(UInt64(sequence))) != nil && writer.durableSequence >= sequence
                }
            }
            for await isDurable in group { #expect(isDurable) }
        }
        try writer.close()
    }

    @Test func `Threads that commit and wait at once lose nothing, over many segments`() async throws {
        let temporary = TemporaryDirectory()
        let files = POSIXFileSystem()
        var options = TestLog.options(.durable, segment: 4000, kept: 3000)
        options.clock = LogOptions().clock
        let (writer, _) = try LogRecovery<LoggedCommit>.recover(
            fileSystem: files, directory: "\(temporary.path)/wal", databaseID: 5, sealedThrough: 0, options: options
        ) { _ in }
        #expect(writer.startSyncThread())
        let order = OrderLock()
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<6 as Range<UInt64> {
                group.addTask {
                    var samples = EncodedCommit()
                    let ids = [UInt64](repeating: task, count: 10), times = [Int64](repeating: 1, count: 10)
                    for round in 0..<40 {
                        let values = [Double](repeating: Double(round), count: 10)
                        samples.encode(ids: ids.span, times: times.span, values: values.span)
                        let sequence = order.mutex.withLock { _ -> UInt64? in
                            guard (try? writer.prepare(byteCount: samples.body.byteCount)) != nil else { return nil }
                            return try? writer.append(FrameContext(wallClock: 1), samples.body)
                        }
                        #expect(sequence != nil)
                        guard let sequence else { return }
                        #expect((try? writer.waitUntilDurable(sequence)) != nil)
                    }
                }
            }
        }
        #expect(writer.durableSequence == 240)
        try writer.close()
        var rounds: [UInt64: [Double]] = [:]
        let (_, report) = try LogRecovery<LoggedCommit>.recover(
            fileSystem: files, directory: "\(temporary.path)/wal", databaseID: 5, sealedThrough: 0
        ) { frame in rounds[frame.ids[0], default: []].append(frame.values[0]) }
        #expect(report.replayedCommits == 240)
        #expect(report.damage.isEmpty)
        #expect(rounds.values.allSatisfy { $0 == (0..<40).map(Double.init) })
    }

    @Test func `An interval syncs when it has passed, and half a second later a mark records it`() throws {
        let disk = TestLog.disk(), clock = TestClock()
        let log = try TestLog(disk, options: TestLog.options(.interval(.seconds(1)), clock: clock))
        _ = try log.append(.random(seed: 1))
        clock.advance(milliseconds: 500)
        log.writer.syncIfDue()
        #expect(log.writer.durableSequence == 0)
        clock.advance(milliseconds: 300)
        log.writer.syncIfDue()
        #expect(log.writer.durableSequence == 1)
        let bytes = log.writer.byteCount
        log.writer.syncIfDue()
        clock.advance(milliseconds: 600)
        log.writer.syncIfDue()
        #expect(log.writer.byteCount == bytes + 68)
        clock.advance(milliseconds: 60_000)
        log.writer.syncIfDue()
        #expect(log.writer.byteCount == bytes + 68)
    }

    @Test func `The sync thread syncs by itself and ends with the log`() throws {
        let disk = TestLog.disk()
        var options = TestLog.options(.interval(.milliseconds(8)))
        options.clock = LogOptions().clock
        let log = try TestLog(disk, options: options)
        #expect(log.writer.startSyncThread())
        let sequence = try log.append(.random(seed: 1))
        while log.writer.durableSequence < sequence { usleep(1000) }
        try log.writer.close()
        #expect(throws: LogError.closed) { try log.writer.prepare(byteCount: 1) }
    }

    @Test func `Frames that no sync covers stay within the limit`() throws {
        let disk = TestLog.disk()
        let log = try TestLog(disk, options: TestLog.options(.buffered, segment: 1 << 20, kept: 1000))
        for seed in 0..<40 {
            try log.writer.waitForSpace()
            _ = try log.append(.random(seed: UInt64(seed)))
        }
        #expect(log.writer.durableSequence > 20)
        log.writer.syncIfDue()
        #expect(disk.calls.count { $0.operation == "sync" } > 4)
    }

    @Test func `A frame larger than a segment gets one of its own`() throws {
        let disk = TestLog.disk()
        let log = try TestLog(disk, options: TestLog.options(segment: 500))
        let big = TestCommit.random(seed: 3, series: 500, samples: 500)
        for seed in 0..<3 {
            _ = try log.append(.random(seed: UInt64(seed)))
            _ = try log.append(big)
        }
        try log.writer.close()
        #expect(try TestLog(disk).replayed[4]?.withoutDefinitions == big)
    }

    @Test func `After close everything is known to be synced`() throws {
        let disk = TestLog.disk()
        let log = try TestLog(disk)
        for seed in 0..<20 { _ = try log.append(.random(seed: UInt64(seed))) }
        try log.writer.close()
        try log.writer.close()
        for seed in 0..<20 as Range<UInt64> {
            let reopened = try TestLog(disk.crashImage(seed: seed))
            #expect(reopened.replayed.count == 20)
            #expect(reopened.report.cutTail == nil)
        }
    }
}
