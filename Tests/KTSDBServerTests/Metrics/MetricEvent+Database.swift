import Foundation
import KTSDBEngine
import KTSDBModel
import KTSDBServer
import KTSDBTesting
import Synchronization
import Testing

extension MetricEvent {
    /// Limits on groups of series, for metrics that exist only with them.
    static let limits = [
        SeriesLimit("m", by: ["__name__"], inMemory: 1), SeriesLimit("d", by: ["x"], perDay: 3),
    ]

    /// What happens in the database.
    static let ofDatabase: [MetricEvent] = [
        MetricEvent(
            "samples",
            [
                "ktsdb_commits_total", "ktsdb_durable_commits_total", "prometheus_tsdb_head_series",
                "prometheus_tsdb_head_series_created_total", "prometheus_tsdb_head_chunks", "ktsdb_head_chunk_bytes",
                "prometheus_tsdb_head_samples_appended_total",
                "ktsdb_symbols", "prometheus_tsdb_symbol_table_size_bytes", "prometheus_tsdb_wal_storage_size_bytes",
                "prometheus_tsdb_lowest_timestamp", "prometheus_tsdb_lowest_timestamp_seconds",
                "prometheus_tsdb_head_min_time", "prometheus_tsdb_head_min_time_seconds",
                "prometheus_tsdb_head_max_time", "prometheus_tsdb_head_max_time_seconds",
            ]
        ) {
            try await MetricRig().pages { rig in
                for step in -500..<500 as Range<Int64> { try rig.append(at: step, to: "new", Double(step) / 7) }
                for number in 0..<2000 { try rig.append(at: 1, to: "series_\(number)") }
                for second in 2...20 as ClosedRange<Int64> {
                    try rig.append(at: second, to: "varied", Double(second * second * 7 % 1000) / 7)
                }
            }
        },
        MetricEvent(
            "exemplars",
            [
                "prometheus_tsdb_exemplar_exemplars_appended_total",
                "prometheus_tsdb_exemplar_out_of_order_exemplars_total",
                "prometheus_tsdb_exemplar_exemplars_in_storage",
                "prometheus_tsdb_exemplar_series_with_exemplars_in_storage",
                "prometheus_tsdb_exemplar_last_exemplars_timestamp_seconds", "ktsdb_exemplar_bytes",
                "ktsdb_metadata_names",
            ]
        ) {
            try await MetricRig().pages { rig in
                try rig.database.append { batch in
                    for second in [2, 1] as [Int64] {
                        let exemplar = Exemplar(labels: ["t": "\(second)"], value: 1, timestamp: rig.time(second))
                        batch.append(exemplar, at: rig.time(2), to: ["__name__": "a"])
                    }
                    batch.setMetadata(MetricMetadata(type: "gauge"), of: "a")
                }
            }
        },
        MetricEvent(
            "samples that are refused",
            [
                RejectionReason.outOfOrder, .duplicateTimestamp, .tooOld, .outOfBounds, .tooFarInFuture, .seriesLimit,
                .invalidLabels, .labelLimit, .invalidHistogram,
            ].map(rejected) + [
                "prometheus_tsdb_out_of_order_samples_total", "prometheus_tsdb_out_of_bound_samples_total",
                "prometheus_tsdb_too_old_samples_total", "prometheus_tsdb_head_out_of_order_samples_appended_total",
            ]
        ) {
            try await MetricRig { $0.seriesLimit = 2 }.pages { rig in
                try rig.append(at: -1, to: "a")
                try rig.append(at: 0, to: "a", 2)
                try rig.append(at: -7200, to: "b")
                rig.database.setOutOfOrderWindow(.seconds(60))
                try rig.append(at: -60, to: "a")
                try rig.append(at: -61, to: "a")
                rig.database.setOutOfOrderWindow(.zero)
                try rig.append(at: 3600, to: "a")
                for name in ["b", "c", "d"] { try rig.append(at: 1, to: name) }
                try rig.database.append { batch in
                    batch.append(1, at: rig.time(1), to: Labels())
                    batch.append(1, at: rig.time(1), to: ["__name__": "a", "b": String(repeating: "x", count: 20_000)])
                    batch.append(Histogram(schema: 99, count: 1, sum: 1), at: rig.time(1), to: ["__name__": "a"])
                }
            }
        },
        MetricEvent(
            "series that a limit keeps out",
            [
                rejected(.seriesGroupLimit), rejected(.dailySeriesLimit),
                "ktsdb_series_limit_refused_total{limit=\"m\"}",
                "ktsdb_series_limit_refused_total{limit=\"d\"}",
                "ktsdb_series_limit_groups{limit=\"m\"}", "ktsdb_series_limit_groups{limit=\"d\"}",
            ]
        ) {
            try await MetricRig {
                $0.seriesLimits = limits
            }.pages { rig in
                for name in ["b", "c", "d"] { try rig.append(at: 1, to: name) }
                try rig.database.append { batch in
                    batch.append(1, at: rig.time(1), to: ["__name__": "b", "x": "2"])
                    batch.append(1, at: rig.time(1), to: ["__name__": "z", "x": "3"])
                }
            }
        },
        MetricEvent(
            "memory that is in use",
            [
                "ktsdb_memory_bytes", "ktsdb_memory_peak_bytes", held(.samples), held(.series), held(.sideData),
                held(.blocks), held(.other), held(.requests), held(.scrapes), held(.seals),
                held(.compactions), held(.imports), held(.log), held(.queries), held(.pages),
            ]
        ) {
            let ledger = MemoryLedger()
            let others = MemoryHolder.allCases.filter {
                [.pages, .requests, .scrapes, .seals, .compactions, .imports, .log, .queries].contains($0)
            }.map { MemoryAccount(ledger, $0) }
            return try await MetricRig { $0.memory = ledger }.pages { rig in
                for number in 0..<2000 { try rig.append(at: 1, to: "series_\(number)") }
                try rig.database.append { $0.setMetadata(MetricMetadata(type: "gauge"), of: "a") }
                try rig.database.seal()
                for number in 0..<5000 { try rig.append(at: 30, to: "other_\(number)") }
                rig.database.maintain()
                for series in try rig.database.readView().series(in: rig.time(-10)...rig.time(30)) {
                    _ = try series.samples()
                }
                // These come and go, or are counted by others.
                for account in others { account.add(100) }
                ledger.noteProcess(bytes: 1 << 30)
            }
        },
        MetricEvent(
            "memory that is short",
            [
                rejected(.memoryLimit), "ktsdb_memory_pressure", "ktsdb_memory_refused_series_total",
                "ktsdb_memory_refused_queries_total", "ktsdb_memory_ended_queries_total",
            ]
        ) {
            let ledger = MemoryLedger(limit: 512 << 20)
            return try await MetricRig { $0.memory = ledger }.pages { rig in
                ledger.noteProcess(bytes: 500 << 20)
                try rig.append(at: 1, to: "new")
                ledger.noteRefusedQuery()
                let claim = MemoryClaim()
                claim.bytes = 1
                ledger.begin(claim)
                rig.database.maintain()
            }
        },
        MetricEvent(
            "samples of series that are not here",
            [
                rejected(.staleSeriesID), rejected(.foreignSeriesID),
                "prometheus_tsdb_head_series_removed_total",
            ]
        ) {
            let other = Database.inMemory()
            return try await MetricRig().pages { rig in
                let own = try rig.id(of: "a", in: rig.database), foreign = try rig.id(of: "a", in: other)
                try rig.append(at: 3000, to: "b")
                try rig.database.seal()
                for _ in 0..<3 { rig.database.maintain() }
                try rig.database.append { batch in
                    batch.append(1, at: rig.time(3001), to: own)
                    batch.append(1, at: rig.time(3001), to: foreign)
                }
            }
        },
        MetricEvent(
            "a seal",
            [
                "prometheus_tsdb_blocks_loaded", "prometheus_tsdb_storage_blocks_bytes", "ktsdb_block_samples",
                "prometheus_tsdb_reloads_total", "prometheus_tsdb_wal_segment_current",
            ]
        ) {
            try await MetricRig().pages { rig in try rig.database.seal() }
        },
        MetricEvent("a seal that fails", ["ktsdb_seal_failed", "prometheus_tsdb_reloads_failures_total"]) {
            try await MetricRig {
                $0.openByteLimit = 1
                $0.openBytesPerSeries = 0
            }.pages { rig in
                for step in 1..<500 as Range<Int64> { try rig.append(at: step, to: "a", Double(step) / 7) }
                rig.disk.setCapacity(rig.disk.snapshot.values.reduce(0) { $0 + $1.count })
                rig.database.maintain()
            }
        },
        MetricEvent(
            "a full disk",
            [
                "ktsdb_storage_disk_full", "ktsdb_storage_reserve_bytes",
                "ktsdb_storage_disk_full_refused_commits_total",
            ]
        ) {
            try await MetricRig().pages { rig in
                rig.disk.setCapacity(0)
                for second in 1..<3 as Range<Int64> { _ = try? rig.append(at: second, to: "a") }
            }
        },
        MetricEvent(
            "a pass that finds damage",
            ["ktsdb_scrub_bytes_total", "ktsdb_scrub_passes_total", "ktsdb_scrub_findings_total"]
        ) {
            let rig = try MetricRig()
            try rig.seal(1)
            let block = "/data/blocks/\(try rig.disk.list("/data/blocks").first!)"
            return try await rig.pages { rig in
                rig.disk.flipBit(block, byte: 40, bit: 3)
                rig.database.scrub()
            }
        },
        MetricEvent("a directory that is gone", ["ktsdb_storage_available"]) {
            try await MetricRig().pages { rig in
                rig.disk.moveTree("/data", to: "/elsewhere")
                rig.database.maintain()
            }
        },
        MetricEvent(
            "a checkpoint", ["prometheus_tsdb_checkpoint_creations_total", "ktsdb_checkpoint_bytes_total"]
        ) {
            try await MetricRig { $0.checkpointLogByteLimit = 1 }.pages { rig in
                try rig.append(at: 1, to: "a")
                rig.database.maintain()
            }
        },
        MetricEvent("a checkpoint that fails", ["prometheus_tsdb_checkpoint_creations_failed_total"]) {
            try await MetricRig { $0.checkpointLogByteLimit = 1 }.pages { rig in
                try rig.append(at: 1, to: "a")
                rig.disk.setCapacity(rig.disk.snapshot.values.reduce(0) { $0 + $1.count })
                rig.database.maintain()
            }
        },
        MetricEvent(
            "a merge of blocks",
            [
                "prometheus_tsdb_compactions_total", "ktsdb_compaction_read_bytes_total",
                "ktsdb_compaction_written_bytes_total",
            ]
        ) {
            try await MetricRig().pages { rig in
                try rig.seal(3)
                // Two hours, or a day, are merged when they are over.
                rig.clocks.pass(3 * 86_400)
                #expect(try rig.database.compact() > 0)
            }
        },
        MetricEvent(
            "a merge that finds a damaged block",
            ["prometheus_tsdb_compactions_failed_total", "ktsdb_compaction_blocks_left_out"]
        ) {
            try await MetricRig().pages { rig in
                try rig.seal(3)
                let block = try #require(rig.files(in: "blocks").dropFirst().first)
                for byte in 32..<60 { rig.disk.flipBit(block, byte: byte, bit: 3) }
                rig.clocks.pass(3 * 86_400)
                _ = try? rig.database.compact()
            }
        },
        MetricEvent("a damaged page", ["ktsdb_damaged_pages_total"]) {
            try await MetricRig { $0.pageCacheByteLimit = 0 }.pages { rig in
                try rig.seal(1)
                let block = try #require(rig.files(in: "blocks").first)
                for byte in 32..<60 { rig.disk.flipBit(block, byte: byte, bit: 3) }
                let everything = Timestamp(milliseconds: 0)...Timestamp(milliseconds: 1 << 50)
                for series in try rig.database.readView().series(in: everything) { _ = try? series.samples() }
            }
        },
        MetricEvent("a start with damaged files", ["ktsdb_damaged_blocks", "ktsdb_damaged_checkpoints"]) {
            let rig = try MetricRig { $0.checkpointLogByteLimit = 1 }
            try rig.seal(2)
            for second in 1000..<1003 as Range<Int64> {
                try rig.append(at: second, to: "a")
                rig.database.maintain()
            }
            let disk = rig.disk.processEndImage()
            for folder in ["blocks", "checkpoints"] {
                let name = try #require(rig.files(in: folder).last), bytes = try #require(disk.contents(of: name))
                disk.setContents(of: name, to: Array(bytes.prefix(bytes.count / 2)))
            }
            return try await .of(MetricRig().database, then: try rig.open(disk))
        },
        MetricEvent("a start with a damaged log", ["prometheus_tsdb_wal_corruptions_total"]) {
            let rig = try MetricRig()
            for second in 1..<100 as Range<Int64> { try rig.append(at: second, to: "a") }
            let disk = rig.disk.processEndImage()
            disk.flipBit(try #require(rig.files(in: "wal").first), byte: 500, bit: 3)
            return try await .of(MetricRig().database, then: try rig.open(disk))
        },
        MetricEvent("a start after a process that was killed", ["prometheus_tsdb_clean_start"]) {
            let directory = TemporaryDirectory()
            let before = try Database(path: directory.path)
            let clean = try await MetricPages.of(database: before) { _ in }
            try before.close()
            try "4711\n".write(toFile: directory.path + "/LOCK", atomically: false, encoding: .utf8)
            let killed = try Database(path: directory.path)
            let after = try await MetricPages.of(database: killed) { _ in }
            try killed.close()
            withExtendedLifetime(directory) {}
            return MetricPages(before: clean.before, after: after.after)
        },
        MetricEvent("a clock that jumps", ["ktsdb_retention_paused", "ktsdb_clock_jump_seconds"]) {
            try await MetricRig { $0.retention = .seconds(15 * 86_400) }.pages { rig in
                rig.clocks.jump(40 * 86_400)
                try rig.appendNow()
                rig.database.maintain()
            }
        },
        MetricEvent("a clock that was ahead", ["ktsdb_newest_sample_ahead_seconds"]) {
            try await MetricRig().pages { rig in
                rig.clocks.jump(86_400)
                try rig.appendNow()
                rig.clocks.jump(-86_400)
                rig.database.maintain()
            }
        },
        MetricEvent("a shorter retention", ["ktsdb_retention_catching_up", "ktsdb_retention_expired_blocks"]) {
            try await MetricRig { $0.retention = .seconds(15 * 86_400) }.pages { rig in
                try rig.sealDays(10)
                rig.database.setRetention(.seconds(2 * 86_400))
                rig.database.maintain()
            }
        },
        MetricEvent(
            "blocks that become too old",
            ["ktsdb_retention_removed_blocks_total", "prometheus_tsdb_time_retentions_total"]
        ) {
            try await MetricRig { $0.retention = .seconds(3 * 86_400) }.pages { rig in try rig.sealDays(6) }
        },
        MetricEvent(
            "series that a rule keeps for a shorter time",
            [
                "ktsdb_retention_rules", "ktsdb_retention_rewritten_blocks_total",
                "ktsdb_retention_removed_samples_total",
            ]
        ) {
            try await MetricRig().pages { rig in
                try rig.appendDebug()
                try rig.sealDays(3)
                rig.database.setRetention(RetentionLimits(rules: try rig.debugRules))
                rig.database.confirmClock()
                rig.database.maintain()
                _ = try rig.database.compact()
            }
        },
        MetricEvent("a new rule", ["ktsdb_retention_blocks_to_rewrite"]) {
            try await MetricRig().pages { rig in
                try rig.appendDebug()
                try rig.sealDays(3)
                rig.database.setRetention(RetentionLimits(rules: try rig.debugRules))
            }
        },
        MetricEvent(
            "blocks beyond a size",
            [
                "prometheus_tsdb_size_retentions_total", "ktsdb_retention_size_removed_blocks_total",
                "ktsdb_retention_size_limit_bytes", "ktsdb_retention_size_used_bytes",
                "ktsdb_retention_size_reserved_bytes",
            ]
        ) {
            try await MetricRig().pages { rig in
                try rig.sealDays(6)
                try rig.appendNow()
                rig.database.setRetention(RetentionLimits(byteLimit: 1000))
                rig.database.maintain()
            }
        },
        MetricEvent(
            "samples that are rolled up",
            [
                "ktsdb_rollup_rules", "ktsdb_rollup_blocks", "ktsdb_rollup_block_bytes", "ktsdb_rollup_points",
                "ktsdb_rollup_rounds_total", "ktsdb_rollup_written_points_total", "ktsdb_rollup_read_samples_total",
            ]
        ) {
            try await MetricRig().pages { rig in
                try rig.sealDays(2)
                try rig.database.setRollupRules(rig.rollupRules)
                try rig.database.rollUp()
            }
        },
        MetricEvent("a new rollup rule", ["ktsdb_rollup_incomplete_rules", "ktsdb_rollup_waiting_blocks"]) {
            try await MetricRig().pages { rig in
                try rig.sealDays(2)
                try rig.database.setRollupRules(rig.rollupRules)
            }
        },
        MetricEvent("blocks that go before they are rolled up", ["ktsdb_rollup_lost_blocks_total"]) {
            try await MetricRig().pages { rig in
                try rig.sealDays(3)
                try rig.database.setRollupRules(rig.rollupRules)
                rig.database.setRetention(RetentionLimits(byteLimit: 1000))
                rig.database.maintain()
            }
        },
        MetricEvent("rollups that cannot be written", ["ktsdb_rollup_failures_total", "ktsdb_rollup_failed"]) {
            try await MetricRig().pages { rig in
                try rig.sealDays(2)
                try rig.database.setRollupRules(rig.rollupRules)
                rig.disk.injectAlways(.error(5), from: rig.disk.callCount + 1)
                _ = try? rig.database.rollUp()
            }
        },
        MetricEvent("blocks that cannot be removed", ["ktsdb_retention_failed", "ktsdb_retention_failures_total"]) {
            try await MetricRig { $0.retention = .seconds(5 * 86_400) }.pages { rig in
                try rig.sealDays(5)
                rig.clocks.pass(86_400 + 1)
                try rig.appendNow()
                rig.disk.injectAlways(.error(28), from: rig.disk.callCount + 1)
                rig.database.maintain()
            }
        },
    ]

    private static func held(_ holder: MemoryHolder) -> String {
        "ktsdb_memory_holder_bytes{holder=\"\(holder.rawValue)\"}"
    }

    private static func rejected(_ reason: RejectionReason) -> String {
        "ktsdb_rejected_samples_total{reason=\"\(reason.rawValue)\"}"
    }
}

/// A database on a simulated disk with one sample, its clocks, and nothing that happens by itself.
private struct MetricRig: Sendable {
    /// Clocks that a test moves, in milliseconds.
    final class Clocks: Sendable {
        private let wall = Atomic<Int64>(1_700_000_000_000), monotonic = Atomic<Int64>(5_000_000)

        var now: Int64 { wall.load(ordering: .relaxed) }
        var elapsed: Int64 { monotonic.load(ordering: .relaxed) }

        /// Moves the wall clock alone.
        func jump(_ seconds: Int64) { wall.wrappingAdd(seconds * 1000, ordering: .relaxed) }

        /// Lets time pass.
        func pass(_ seconds: Int64) {
            jump(seconds)
            monotonic.wrappingAdd(seconds * 1000, ordering: .relaxed)
        }
    }

    let disk = SimulatedFileSystem(), clocks = Clocks()
    let database: Database
    private let start: Int64
    private let configuration: Database.Configuration

    init(_ change: (inout Database.Configuration) -> Void = { _ in }) throws {
        var configuration = Database.Configuration()
        configuration.runsMaintenance = false
        configuration.compactsWhenDue = false
        configuration.durability = .durable
        configuration.maximumFuture = .seconds(600)
        configuration.outOfOrderWindow = .zero
        configuration.checkpointLogByteLimit = 1 << 30
        configuration.wallClock = { [clocks] in clocks.now }
        configuration.monotonicClock = { [clocks] in clocks.elapsed }
        change(&configuration)
        self.configuration = configuration
        start = clocks.now
        database = try Database(files: disk, path: "/data", configuration: configuration)
        try append(at: 0, to: "a")
    }

    func pages(_ body: @escaping @Sendable (MetricRig) throws -> Void) async throws -> MetricPages {
        try await MetricPages.of(database: database) { _ in try body(self) }
    }

    /// The database of an image of the disk.
    func open(_ disk: SimulatedFileSystem) throws -> Database {
        try Database(files: disk, path: "/data", configuration: configuration)
    }

    /// The time `second` seconds after the rig's beginning.
    func time(_ second: Int64) -> Timestamp { Timestamp(milliseconds: start + second * 1000) }

    func append(at second: Int64, to name: String, _ value: Double = 1) throws {
        // The clock keeps up with what comes.
        if second > 600, second != 3600 { clocks.pass(max(0, (start + second * 1000 - clocks.now) / 1000)) }
        try database.append { $0.append(value, at: time(second), to: ["__name__": name]) }
    }

    func appendNow() throws {
        try database.append { $0.append(1, at: Timestamp(milliseconds: clocks.now), to: ["__name__": "a"]) }
    }

    func id(of name: String, in database: Database) throws -> SeriesID {
        let id = Mutex<SeriesID?>(nil)
        try database.append { batch in
            let series = batch.series(["__name__": name])
            batch.append(1, at: time(1), to: series)
            id.withLock { $0 = series }
        }
        return try #require(id.withLock { $0 })
    }

    /// Makes blocks of some samples each.
    func seal(_ count: Int64) throws {
        for block in 0..<count {
            for step in 1...100 as ClosedRange<Int64> {
                try append(at: block * 100 + step, to: "a", Double(step * step) / 7)
            }
            try database.seal()
        }
    }

    /// A rule that keeps series `debug` for a day.
    var debugRules: RetentionRules {
        get throws {
            try RetentionRules([RetentionRule("debug", matching: [[.name("debug")]], keep: .seconds(86_400))])
        }
    }

    /// A rule that rolls up all series.
    var rollupRules: RollupRules {
        get throws {
            try RollupRules([RollupRule("all", matching: [[.name("a")]], interval: .seconds(300))])
        }
    }

    /// Makes a block with a series `debug` and another one.
    func appendDebug() throws {
        let now = Timestamp(milliseconds: clocks.now)
        try database.append { $0.append(1, at: now, to: ["__name__": "debug"]) }
        try appendNow()
        try database.seal()
    }

    /// Makes a block on each of some days.
    func sealDays(_ count: Int) throws {
        for _ in 0..<count {
            clocks.pass(86_400)
            try appendNow()
            try database.seal()
            database.maintain()
        }
    }

    /// The files in a folder of the database, in the order of their names.
    func files(in folder: String) -> [String] {
        disk.snapshot.keys.filter { $0.hasPrefix("/data/\(folder)/") }.sorted()
    }
}
