internal import CLibrary
internal import KTSDBEngine
internal import KTSDBModel

extension HistoryRun {
    mutating func perform(_ action: HistoryOptions.Action) throws(HistoryFailure) {
        guard let database else { return }
        steps.append("\(action) at \(clock.now), call \(disk.callCount)")
        switch action {
        case .append: append(to: database)
        case .wait: clock.now += Int64(generator.below(options.longestWait))
        case .delete: delete(from: database)
        case .undelete: undelete(in: database)
        case .reclaim: _ = try? database.reclaim()
        case .maintain: database.maintain()
        case .compact: _ = try? database.compact()
        case .seal: try? database.seal()
        case .snapshot: try makeSnapshot(of: database)
        case .backup: try makeBackup(of: database)
        case .scrub: database.scrub()
        // There may be nothing to repair, or what a failing call has made look damaged.
        case .repair: _ = database.repair()
        case .reopen:
            _ = try? database.close()
            self.database = nil
        case .kill:
            self.database = nil
            views = []
            disk = disk.processEndImage()
        case .powerCut: disk.inject(.crash, atCall: disk.callCount + generator.below(60))
        case .fault:
            let faults: [DiskFault] = [.error(EIO), .error(ENOSPC), .shortWrite(5), .failedSync]
            disk.inject(generator.pick(faults), atCall: disk.callCount + generator.below(40))
            noteFault()
        case .fillDisk: fillDisk()
        case .freeDisk: disk.setCapacity(nil)
        case .openView:
            let view = database.readView()
            views = Array(views.suffix(2)) + [(view, try contents(of: view))]
        case .query: try compareQueries()
        case .importing: try importSamples(to: database)
        case .rollUp: try rollUp(database)
        }
        // What was armed goes off in what follows.
        if action == .powerCut || action == .fault { try performAnother() }
    }

    private mutating func performAnother() throws(HistoryFailure) {
        for _ in 0..<(1 + generator.below(3)) where !disk.hasCrashed {
            var action = options.next(&generator)
            while [.powerCut, .fault, .kill, .query, .openView].contains(action) { action = options.next(&generator) }
            // A database that could not be closed is opened again by the next step.
            if database == nil { return }
            try perform(action)
        }
    }

    // MARK: Appending

    private mutating func append(to database: Database) {
        let batch = makeBatch(), before = states
        var after = before
        for index in after.indices { after[index].append(batch) }
        do throws(AppendError) {
            try database.append { writer in
                for sample in batch.samples {
                    let time = Timestamp(milliseconds: sample.time)
                    if let histogram = Histogram(bits: sample.bits) {
                        writer.append(histogram, at: time, to: sample.labels)
                    } else {
                        writer.append(Double(bitPattern: sample.bits), at: time, to: sample.labels)
                    }
                }
                for (key, value) in batch.records {
                    if let value {
                        writer.set(key, Array(value.utf8), in: HistoryContents.space)
                    } else {
                        writer.remove(key, in: HistoryContents.space)
                    }
                }
            }
            settle(before, after)
        } catch .notDurable {
            settle(before, after, isDurable: false)
        } catch {
            settle(before, after, failedWith: error)
        }
    }

    /// Notes that a step took effect. One that is not durable may be lost in a power cut, until a later step is on the
    /// disk: commits go there in their order.
    private mutating func settle(_ before: [HistoryModel], _ after: [HistoryModel], isDurable: Bool = true) {
        if isDurable {
            (states, fallbacks) = (after, [])
        } else {
            fallbacks += before
            states = disk.hasCrashed ? before + after : after
        }
    }

    /// Notes that a step failed. It has changed nothing, unless the power went: then it may have taken effect.
    private mutating func settle(_ before: [HistoryModel], _ after: [HistoryModel], failedWith error: any Error) {
        if disk.hasCrashed { states = before + after }
        steps.append("  \(error)")
    }

    private mutating func makeBatch() -> HistoryBatch {
        var batch = HistoryBatch(), taken: Set<String> = []
        for _ in 0..<(1 + generator.below(10)) {
            let name = generator.oneIn(6) ? "brief\(generator.below(50))" : "\(generator.below(options.seriesCount))"
            let labels: Labels = ["__name__": "m\(generator.below(3))", "i": name]
            var bits = generator.next()
            if !options.hasHistograms || generator.oneIn(3) { bits = Double(generator.below(1000)).bitPattern }
            if generator.oneIn(12) { bits = Double.staleMarker.bitPattern }
            guard var time = time(for: labels) else { continue }
            if options.hasLateSamples, generator.oneIn(6), let known = states[0].anySample(of: labels, &generator) {
                // The same sample again, which may have been deleted meanwhile.
                (time, bits) = known
            }
            // Each series once a batch, so that the order of a batch does not matter.
            if taken.insert("\(labels)").inserted { batch.samples.append((labels, time, bits)) }
        }
        for _ in 0..<generator.below(3) {
            let key = "k\(generator.below(3))", value = generator.oneIn(4) ? nil : "\(generator.below(1000))"
            if taken.insert(key).inserted { batch.records.append((key, value)) }
        }
        return batch
    }

    /// The time of a series' next sample; nil if it has one that is as new as the clock.
    private mutating func time(for labels: Labels) -> Int64? {
        if options.hasLateSamples, generator.oneIn(3) {
            if generator.oneIn(3), let known = states[0].anySample(of: labels, &generator) { return known.time }
            return clock.now - Int64(generator.below(generator.pick([10_000, 10_000_000, 400_000_000])))
        }
        let newest = states.compactMap { $0.newest(of: labels) }.max() ?? .min
        guard newest < clock.now else { return nil }
        return clock.now - Int64(generator.below(Int(min(5_000, clock.now - max(newest, 0)))))
    }

    // MARK: Importing

    /// Imports samples of any age in any order, some of them more than once.
    private mutating func importSamples(to database: Database) throws(HistoryFailure) {
        var batch = HistoryBatch()
        for _ in 0..<(1 + generator.below(generator.pick([5, 60, 400]))) {
            let labels: Labels = ["__name__": "m\(generator.below(3))", "i": "\(generator.below(options.seriesCount))"]
            var bits = generator.next()
            if !options.hasHistograms || generator.oneIn(3) { bits = Double(generator.below(1000)).bitPattern }
            var time = clock.now - Int64(generator.below(generator.pick([10_000, 10_000_000, 400_000_000])))
            if generator.oneIn(4), let known = states[0].anySample(of: labels, &generator) { time = known.time }
            batch.samples.append((labels, time, bits))
        }
        let before = states
        var after = before
        for index in after.indices { after[index].append(batch) }
        // Some are given up in the middle, by what adds the samples or by what watches the progress.
        let last = generator.oneIn(8) ? generator.below(batch.samples.count) : nil
        var calls = generator.oneIn(8) ? generator.below(20) : Int.max
        do {
            try database.importSamples(bufferByteLimit: 1 << 12) { _ in
                calls -= 1
                if calls < 0 { throw GivenUp() }
            } _: { writer in
                for (number, sample) in batch.samples.enumerated() {
                    if number == last { throw GivenUp() }
                    let time = Timestamp(milliseconds: sample.time)
                    if let histogram = Histogram(bits: sample.bits) {
                        try writer.append(histogram, at: time, to: sample.labels)
                    } else {
                        try writer.append(Double(bitPattern: sample.bits), at: time, to: sample.labels)
                    }
                }
            }
            settle(before, after)
        } catch ImportError.undecided where !disk.hasCrashed {
            // The next opening decides.
            self.database = nil
            views = []
            disk = disk.processEndImage()
            states = before + after
        } catch {
            settle(before, after, failedWith: error)
        }
    }

    private struct GivenUp: Error {}

    // MARK: Deleting

    private mutating func delete(from database: Database) {
        var matchers: [LabelMatcher] = [.equal("__name__", "m\(generator.below(3))")]
        if generator.oneIn(2) { matchers.append(.equal("i", "\(generator.below(options.seriesCount))")) }
        let length = Int64(generator.below(generator.pick([60_000, 10_000_000, 400_000_000])))
        let end = clock.now - Int64(generator.below(3)) * length / 2
        let range = (end - length)...end
        let before = states
        var after = before
        func hide(_ id: UInt64?) { for index in after.indices { after[index].delete([matchers], range, id: id) } }
        do throws(DeletionError) {
            let times = Timestamp(milliseconds: range.lowerBound)...Timestamp(milliseconds: range.upperBound)
            guard let deletion = try database.delete(matching: [matchers], in: times) else { return }
            hide(deletion.id)
            settle(before, after)
        } catch .notDurable {
            hide(database.deletions.last?.id)
            settle(before, after, isDurable: false)
        } catch {
            hide(nil)
            settle(before, after, failedWith: error)
        }
    }

    private mutating func undelete(in database: Database) {
        let deletions = database.deletions
        guard !deletions.isEmpty else { return }
        let deletion = generator.pick(deletions), before = states
        let range = deletion.range.lowerBound.milliseconds...deletion.range.upperBound.milliseconds
        var after = before
        for index in after.indices { after[index].undelete(deletion.id, range) }
        do throws(DeletionError) {
            try database.undelete(deletion.id)
            settle(before, after)
        } catch .notDurable {
            settle(before, after, isDurable: false)
        } catch {
            settle(before, after, failedWith: error)
        }
    }

    // MARK: Copies and the disk

    /// Makes a snapshot, which must open and show the same.
    private mutating func makeSnapshot(of database: Database) throws(HistoryFailure) {
        let name: String
        do throws(SnapshotError) { name = try database.snapshot() } catch {
            steps.append("  \(error)")
            return
        }
        let copy = disk.processEndImage(), path = "\(Self.path)/snapshots/\(name)"
        let opened: Database
        do throws(OpenError) { opened = try Database(files: copy, path: path, configuration: configuration) } catch {
            throw failure("the snapshot does not open: \(error)")
        }
        // Its horizon is its own: it has just looked at the clock.
        let shown = try contents(of: opened.readView()), horizon = opened.statistics.retention.horizon?.milliseconds
        let differences = states.compactMap { shown.difference(from: $0, keepsLast: keepsLast, horizon: horizon) }
        if differences.count == states.count { throw failure("the snapshot shows: \(differences[0])") }
        disk.removeTree(path)
    }

    private mutating func fillDisk() {
        disk.setCapacity(1 << 40)
        guard let free = try? disk.freeBytes(at: Self.path) else { return }
        disk.setCapacity(1 << 40 - Int(free) + generator.below(6000))
    }
}
