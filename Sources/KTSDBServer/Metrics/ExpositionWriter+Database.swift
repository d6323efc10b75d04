internal import KTSDBEngine
internal import KTSDBModel
internal import PrometheusWire

extension ExpositionWriter {
    /// Writes the metrics of a database.
    mutating func add(_ statistics: DatabaseStatistics, _ recovery: RecoveryReport) {
        addHead(statistics)
        addDisk(statistics)
        addMaintenance(statistics)
        addRetention(statistics.retention)
        addRollups(statistics.rollups)
        addExemplars(statistics.exemplars)
        addMemory(statistics.memory)
        addLimits(statistics.seriesLimits)
        addStart(recovery)
    }

    /// What the start found.
    private mutating func addStart(_ recovery: RecoveryReport) {
        single(
            "prometheus_tsdb_clean_start", .gauge,
            "Whether the process that had the data directory before closed it.", recovery.followsClose ? 1 : 0)
        single(
            "prometheus_tsdb_data_replay_duration_seconds", .gauge,
            "How long the start took to load the checkpoint and to read the log after it.",
            (recovery.loadDuration + recovery.replayDuration) / .seconds(1))
        single(
            "prometheus_tsdb_wal_corruptions_total", .counter, "Damaged places in the log found when it was opened.",
            recovery.log.damage.count)
        single(
            "ktsdb_damaged_blocks", .gauge, "Blocks that were left out when the database was opened.",
            recovery.damagedBlocks.count)
        single(
            "ktsdb_damaged_checkpoints", .gauge, "Checkpoints that were skipped when the database was opened.",
            recovery.damagedCheckpoints.count)
    }

    private mutating func addHead(_ statistics: DatabaseStatistics) {
        single("prometheus_tsdb_head_series", .gauge, "Series in memory.", statistics.series)
        single(
            "prometheus_tsdb_head_series_created_total", .counter,
            "Series that came into memory since the database was created.", statistics.createdSeries)
        single(
            "prometheus_tsdb_head_series_removed_total", .counter, "Series that have left memory since then.",
            max(0, Int(statistics.createdSeries) - statistics.series))
        single("prometheus_tsdb_head_chunks", .gauge, "Chunks of samples in memory.", statistics.headChunks)
        floats("prometheus_tsdb_head_samples_appended_total", "Samples stored.", statistics.appendedSamples)
        family("ktsdb_rejected_samples_total", .counter, help: "Samples refused, by reason.")
        for reason in RejectionReason.allCases {
            let count = statistics.rejectedSamples[reason] ?? 0
            sample("ktsdb_rejected_samples_total", ["reason": reason.rawValue], value: Double(count))
        }
        for (name, reasons) in [
            ("prometheus_tsdb_out_of_order_samples_total", [RejectionReason.outOfOrder]),
            ("prometheus_tsdb_out_of_bound_samples_total", [.tooFarInFuture, .outOfBounds]),
            ("prometheus_tsdb_too_old_samples_total", [.tooOld]),
        ] {
            floats(
                name, "Samples refused: \(reasons.map(\.rawValue).joined(separator: ", ")).",
                reasons.reduce(0) { $0 + (statistics.rejectedSamples[$1] ?? 0) })
        }
        floats(
            "prometheus_tsdb_head_out_of_order_samples_appended_total",
            "Samples stored although their series had a newer one.", statistics.lateSamples)
        single("prometheus_tsdb_symbol_table_size_bytes", .gauge, "Index in memory, in bytes.", statistics.indexBytes)
        single("ktsdb_symbols", .gauge, "Distinct label names and values in memory.", statistics.symbols)
        single("ktsdb_head_chunk_bytes", .gauge, "Encoded samples in memory, in bytes.", statistics.chunkBytes)
    }

    /// Writes a counter of samples that Prometheus divides by their type. Here floats and histograms are one.
    private mutating func floats(_ name: String, _ help: String, _ count: some BinaryInteger) {
        family(name, .counter, help: help)
        sample(name, ["type": "float"], value: Double(count))
    }

    private mutating func addMemory(_ memory: MemoryStatistics) {
        single(
            "ktsdb_memory_limit_bytes", .gauge, "Memory that the process may hold; 0 means no limit.",
            memory.marks?.limit ?? 0)
        single(
            "ktsdb_memory_pressure", .gauge,
            "Marks of the limit that the memory in use has passed: 1 soft, 2 hard (new series are refused), 3 floor.",
            memory.pressure.rawValue)
        single("ktsdb_memory_bytes", .gauge, "Memory in use, all holders together.", memory.bytes)
        single("ktsdb_memory_peak_bytes", .gauge, "The most memory that was in use at one time.", memory.peakBytes)
        family("ktsdb_memory_holder_bytes", .gauge, help: "Memory in use, by who holds it.")
        for holding in memory.holdings {
            sample("ktsdb_memory_holder_bytes", ["holder": holding.holder.rawValue], value: Double(holding.bytes))
        }
        single(
            "ktsdb_memory_refused_series_total", .counter,
            "How often a new series was refused because memory was short.", memory.refusals.series)
        single(
            "ktsdb_memory_refused_queries_total", .counter,
            "Queries and other reads that failed because memory was short.", memory.refusals.queries)
        single(
            "ktsdb_memory_ended_queries_total", .counter,
            "Running queries that were ended because memory was short.", memory.refusals.endedQueries)
    }

    private mutating func addLimits(_ limits: [SeriesLimitStatistics]) {
        guard !limits.isEmpty else { return }
        family(
            "ktsdb_series_limit_refused_total", .counter,
            help: "How often a new series was refused because of a limit on its group, by what was limited.")
        for limit in limits {
            for (limited, most, count) in [
                ("in memory", limit.limit.inMemory, limit.refusedInMemory),
                ("per day", limit.limit.perDay, limit.refusedPerDay),
            ] where most != nil {
                sample(
                    "ktsdb_series_limit_refused_total", ["limit": limit.limit.name, "limited": limited],
                    value: Double(count))
            }
        }
        family("ktsdb_series_limit_groups", .gauge, help: "Groups of series that a limit counts.")
        for limit in limits {
            sample("ktsdb_series_limit_groups", ["limit": limit.limit.name], value: Double(limit.groups))
        }
    }

    private mutating func addDisk(_ statistics: DatabaseStatistics) {
        single(
            "ktsdb_storage_available", .gauge,
            "Whether samples can be stored; 0 while the data directory is gone or fails.",
            statistics.storageFault == nil ? 1 : 0)
        single(
            "ktsdb_storage_disk_full", .gauge,
            "Whether the disk is full, so that no samples are stored until there is room.",
            statistics.diskSpace.fullSince == nil ? 0 : 1)
        single(
            "ktsdb_storage_reserve_bytes", .gauge, "Bytes reserved on the disk, to be used when it is full.",
            statistics.diskSpace.reserveBytes)
        single(
            "ktsdb_storage_disk_full_refused_commits_total", .counter, "Commits refused because the disk was full.",
            statistics.diskSpace.refusedCommits)
        single(
            "ktsdb_damaged_pages_total", .counter,
            "Pages and other parts of blocks that readers found damaged, each counted once.", statistics.damagedPlaces)
        single(
            "ktsdb_scrub_bytes_total", .counter, "Bytes read in the background to find damage.",
            statistics.scrubbing.bytes)
        single(
            "ktsdb_scrub_passes_total", .counter, "How often everything was read for that.",
            statistics.scrubbing.passes)
        single(
            "ktsdb_scrub_findings_total", .counter, "Damaged parts found by that, those known before included.",
            statistics.scrubbing.findings)
        single("prometheus_tsdb_blocks_loaded", .gauge, "Blocks.", statistics.blocks)
        single("prometheus_tsdb_storage_blocks_bytes", .gauge, "Blocks, in bytes.", statistics.blockBytes)
        single("ktsdb_block_samples", .gauge, "Samples in blocks.", statistics.blockSamples)
        single(
            "ktsdb_deletions", .gauge, "Deletions whose samples are not all removed from blocks yet.",
            statistics.deletions)
        single("prometheus_tsdb_wal_storage_size_bytes", .gauge, "The log, in bytes.", statistics.logBytes)
        single(
            "prometheus_tsdb_wal_segment_current", .gauge, "The segment of the log that is written.",
            statistics.logSegment)
        single("ktsdb_commits_total", .counter, "Commits since the database was created.", statistics.sequence)
        single(
            "ktsdb_durable_commits_total", .counter, "Commits known to be on the disk.",
            statistics.durableSequence)
        if let earliest = statistics.minTime, let inMemory = statistics.headMinTime, let newest = statistics.maxTime {
            for (name, help, time) in [
                ("prometheus_tsdb_lowest_timestamp", "The earliest sample, in milliseconds since 1970.", earliest),
                (
                    "prometheus_tsdb_head_min_time",
                    "The earliest sample in memory, in milliseconds since 1970; the newest of all if there is none.",
                    inMemory
                ),
                ("prometheus_tsdb_head_max_time", "The newest sample, in milliseconds since 1970.", newest),
            ] {
                single(name, .gauge, help, time.milliseconds)
                single("\(name)_seconds", .gauge, "The same in seconds.", Double(time.milliseconds) / 1000)
            }
        }
    }

    private mutating func addExemplars(_ exemplars: ExemplarStatistics) {
        let prefix = "prometheus_tsdb_exemplar_"
        single("\(prefix)exemplars_appended_total", .counter, "Exemplars stored.", exemplars.counts.appended)
        single(
            "\(prefix)out_of_order_exemplars_total", .counter,
            "Exemplars refused because their series had a newer one.", exemplars.counts.outOfOrder)
        single("\(prefix)exemplars_in_storage", .gauge, "Exemplars in memory.", exemplars.stored)
        single(
            "\(prefix)series_with_exemplars_in_storage", .gauge, "Series that have exemplars in memory.",
            exemplars.series)
        single(
            "\(prefix)last_exemplars_timestamp_seconds", .gauge,
            "The time of the oldest exemplar in memory, in seconds since 1970.",
            Double(exemplars.oldestTime ?? 0) / 1000)
        single("\(prefix)max_exemplars", .gauge, "Exemplars that may be in memory.", exemplars.limit)
        single("ktsdb_exemplar_bytes", .gauge, "Exemplars in memory, in bytes.", exemplars.bytes)
        single("ktsdb_metadata_names", .gauge, "Metrics whose metadata is known.", exemplars.metadataNames)
    }

    private mutating func addRollups(_ rollups: RollupStatistics) {
        single("ktsdb_rollup_rules", .gauge, "Rules by which series are rolled up.", rollups.rules.count)
        single(
            "ktsdb_rollup_incomplete_rules", .gauge, "Rules whose first round is not complete, so that queries wait.",
            rollups.rules.count { !$0.isComplete })
        single(
            "ktsdb_rollup_waiting_blocks", .gauge,
            "Blocks that are not rolled up yet by the rule that has most of them.",
            rollups.rules.map(\.waitingBlocks).max() ?? 0)
        single("ktsdb_rollup_blocks", .gauge, "Blocks of rollups.", rollups.blocks)
        single("ktsdb_rollup_block_bytes", .gauge, "The size of the blocks of rollups, in bytes.", rollups.blockBytes)
        single(
            "ktsdb_rollup_points", .gauge, "Points in the blocks of rollups, those that have been replaced included.",
            rollups.points)
        single("ktsdb_rollup_rounds_total", .counter, "Rounds of rolling up that are complete.", rollups.rounds)
        single("ktsdb_rollup_written_points_total", .counter, "Points of rollups written.", rollups.writtenPoints)
        single(
            "ktsdb_rollup_read_samples_total", .counter, "Samples that points were computed from.", rollups.readSamples)
        single(
            "ktsdb_rollup_lost_blocks_total", .counter,
            "Blocks removed for the limit of size before they were rolled up.", rollups.lostBlocks)
        single("ktsdb_rollup_failures_total", .counter, "Steps of rolling up that failed.", rollups.failures)
        single("ktsdb_rollup_failed", .gauge, "Whether the last step failed.", rollups.failure == nil ? 0 : 1)
    }

    private mutating func addRetention(_ retention: RetentionStatistics) {
        single(
            "ktsdb_newest_sample_ahead_seconds", .gauge, "How far the newest sample lies ahead of the clock.",
            Double(retention.newestAhead.milliseconds) / 1000)
        single(
            "ktsdb_retention_paused", .gauge, "Whether nothing is removed because the clock jumped.",
            retention.pausedByClockJump == nil ? 0 : 1)
        single(
            "ktsdb_clock_jump_seconds", .gauge, "How far the clock jumped, while that pauses retention.",
            Double((retention.pausedByClockJump ?? .zero).milliseconds) / 1000)
        single(
            "ktsdb_retention_catching_up", .gauge, "Whether blocks that are too old are being removed slowly.",
            retention.isCatchingUp ? 1 : 0)
        single(
            "ktsdb_retention_expired_blocks", .gauge, "Blocks that are too old and not removed yet.",
            retention.expiredBlocks)
        single(
            "ktsdb_retention_removed_blocks_total", .counter, "Blocks removed because they were too old.",
            retention.removedBlocks)
        single(
            "prometheus_tsdb_time_retentions_total", .counter, "The same, under the name of Prometheus.",
            retention.removedBlocks)
        single(
            "ktsdb_retention_rules", .gauge, "Rules that keep some series for a time of their own.",
            retention.rules.count)
        single(
            "ktsdb_retention_blocks_to_rewrite", .gauge,
            "Blocks to be written again without series that are too old by a rule.", retention.blocksToRewrite)
        single(
            "ktsdb_retention_rewritten_blocks_total", .counter,
            "Blocks written again without series that were too old by a rule.", retention.rewrittenBlocks)
        single(
            "ktsdb_retention_removed_samples_total", .counter, "Samples removed from blocks that were written again.",
            retention.removedSamples)
        single(
            "prometheus_tsdb_size_retentions_total", .counter,
            "How often blocks were removed because the database took more than its limit.", retention.size.removals)
        single(
            "ktsdb_retention_size_removed_blocks_total", .counter,
            "Blocks removed because the database took more than its limit.", retention.size.removedBlocks)
        single(
            "ktsdb_retention_size_limit_bytes", .gauge,
            "The limit in force, be it set in bytes or as a percentage of the disk; 0 means no limit.",
            retention.size.limit ?? 0)
        single(
            "ktsdb_retention_size_used_bytes", .gauge,
            "What the database takes: blocks, log, checkpoints and MANIFEST; 0 without a limit.", retention.size.used)
        single(
            "ktsdb_retention_size_reserved_bytes", .gauge,
            "What is kept free of the limit for the next compaction, or the next seal and checkpoint, and for the log.",
            retention.size.reserved)
        single(
            "ktsdb_retention_failed", .gauge,
            "Whether blocks could not be removed, or the database takes more than its limit.",
            retention.failure == nil ? 0 : 1)
        single(
            "ktsdb_retention_failures_total", .counter, "Attempts of retention that failed.", retention.failures)
    }

    private mutating func addMaintenance(_ statistics: DatabaseStatistics) {
        single("ktsdb_seal_failed", .gauge, "Whether the last seal failed.", statistics.sealFailure == nil ? 0 : 1)
        single(
            "prometheus_tsdb_reloads_total", .counter,
            "How often samples in memory were written as blocks and these opened, failures included.",
            statistics.seals + statistics.failedSeals)
        single(
            "prometheus_tsdb_reloads_failures_total", .counter, "How often that failed; it is tried again.",
            statistics.failedSeals)
        single(
            "prometheus_tsdb_checkpoint_creations_failed_total", .counter,
            "Checkpoints that could not be written; each is tried again.", statistics.failedCheckpoints)
        single("prometheus_tsdb_checkpoint_creations_total", .counter, "Checkpoints written.", statistics.checkpoints)
        single("ktsdb_checkpoint_bytes_total", .counter, "Checkpoints written, in bytes.", statistics.checkpointBytes)
        let compactions = statistics.compactions
        single("prometheus_tsdb_compactions_total", .counter, "Compactions of blocks.", compactions.completed)
        single(
            "prometheus_tsdb_compactions_failed_total", .counter, "Compactions of blocks that failed.",
            compactions.failed)
        single(
            "ktsdb_compaction_read_bytes_total", .counter, "Blocks read by compactions, in bytes.",
            compactions.bytesRead)
        single(
            "ktsdb_compaction_written_bytes_total", .counter, "Blocks written by compactions, in bytes.",
            compactions.bytesWritten
        )
        single(
            "ktsdb_compaction_blocks_left_out", .gauge,
            "Blocks that compactions leave out because they could not be read completely.",
            compactions.leftOut.count)
    }
}
