internal import KTSDBModel
internal import Synchronization

/// What is known to be damaged in blocks is remembered as records, so that it is known after a restart, and since when.
///
/// A record's key is the block's file and the place in it; its bytes are a version, when the damage was found, the kind
/// of the part, the number of the page, offset and length, and the sentence that says what is wrong (FORMAT.md,
/// section 13). A pass of scrubbing that finds a block whole forgets its records.
extension Database {
    /// The space of these records.
    static let damageSpace = RecordSpace("ktsdb.damage")
    /// The most records that are kept.
    private static let damageRecordLimit = 1000

    /// The key of how far scrubbing is, and how often that is stored during a pass, in milliseconds.
    private static let progressKey = "scrub", progressPeriod: Int64 = 600_000

    /// Adds what earlier processes have found, of blocks that exist, and continues their scrubbing.
    func restoreDamage() {
        let records = head.sideData.withLock { $0.records.spaces[Self.damageSpace] } ?? RecordKeys()
        // The first pass begins when an application is likely to stay.
        let firstWait = min(3_600_000, configuration.scrubInterval.milliseconds)
        scrubState.withLock { $0.nextPass = configuration.monotonicClock() + firstWait }
        guard !records.isEmpty else { return }
        if let progress = records[Self.progressKey].flatMap(ScrubProgress.init(_:)) {
            let now = configuration.wallClock(), interval = configuration.scrubInterval.milliseconds
            let (age, overflow) = now.subtractingReportingOverflow(progress.began)
            scrubState.withLock { state in
                state.progress = progress
                // A clock that was wrong does not put off a pass.
                guard !overflow, age >= 0, age < interval else { return }
                state.nextPass = configuration.monotonicClock() + interval - age
                state.statistics.lastPass = progress.ended == 0 ? nil : Timestamp(milliseconds: progress.ended)
            }
            scrubStatistics.withLock { $0.lastPass = scrubState.withLock { $0.statistics.lastPass } }
        }
        let named = Set(manifest.state.blocks.map { FileName.relative(.blocks, FileName.name(.block, $0.number)) })
        for (key, bytes) in records {
            let file = String(key.prefix { $0 != "#" })
            guard named.contains(file), let finding = DamageLog.Finding(bytes, path: "\(path)/\(file)") else {
                continue
            }
            pages.damage.restore(finding)
        }
    }

    /// Stores what has been found or forgotten since the last call. A failure is made good by the next call.
    func rememberDamage() {
        let version = pages.damage.version, now = configuration.monotonicClock()
        let progress = scrubState.withLock { state -> ScrubProgress? in
            guard state.storedAt == .min || now >= state.storedAt + Self.progressPeriod else { return nil }
            state.storedAt = now
            return state.progress.began == 0 ? nil : state.progress
        }
        let isNew = rememberedDamage.load(ordering: .relaxed) != version
        guard !isReading, log != nil, isNew || progress != nil, !isBeingClosed else { return }
        let named = Set(manifest.state.blocks.map { FileName.path(path, .block, $0.number) })
        var wanted: [String: [UInt8]] = [:]
        for finding in pages.damage.findings where wanted.count < Self.damageRecordLimit {
            guard case .damaged(let file, _) = finding.error, named.contains(file) else { continue }
            wanted["\(relative(file))#\(finding.part?.offset ?? 0)"] = finding.encoded
        }
        let result = maintenance.withLock { _ -> Bool in
            let known = head.sideData.withLock { $0.records.spaces[Self.damageSpace] } ?? RecordKeys()
            var changes = RecordChanges()
            var old: [String: [UInt8]] = [:]
            for (key, bytes) in known { old[key] = bytes }
            wanted[Self.progressKey] = progress?.encoded ?? old[Self.progressKey]
            for key in old.keys.sorted() where wanted[key] == nil { changes.set(key, nil, in: Self.damageSpace) }
            for (key, bytes) in wanted.sorted(by: { $0.key < $1.key }) where old[key] != bytes {
                changes.set(key, bytes, in: Self.damageSpace)
            }
            guard !changes.isEmpty else { return true }
            do throws(DeletionError) {
                try commitDeletions({ _ in changes }, then: { _ in })
                return true
            } catch { return false }
        }
        if result { rememberedDamage.store(version, ordering: .relaxed) }
    }
}

extension Database.ScrubProgress {
    private static let version: UInt8 = 1

    /// The bytes of a record.
    fileprivate var encoded: [UInt8] {
        var buffer = FieldBuffer()
        buffer.append(Self.version)
        buffer.append(zigzag: began)
        buffer.append(zigzag: ended)
        buffer.append((isComplete ? 1 : 0) as UInt8)
        buffer.append(varint: block)
        return buffer.bytes.array
    }

    /// Reads a record; nil if it is malformed, or of another version.
    fileprivate init?(_ record: [UInt8]) {
        let bytes = record.span.rawBytes
        var cursor = FieldCursor(0..<bytes.byteCount)
        guard cursor.byte(in: bytes) == Self.version, let began = cursor.zigzag(in: bytes),
            let ended = cursor.zigzag(in: bytes), let flag = cursor.byte(in: bytes), flag <= 1,
            let block = cursor.varint(in: bytes)
        else { return nil }
        self.init(began: began, ended: ended, block: block, isComplete: flag == 1)
    }
}

extension DamageLog.Finding {
    private static let version: UInt8 = 1

    /// The bytes of a record.
    fileprivate var encoded: [UInt8] {
        var buffer = FieldBuffer()
        buffer.append(Self.version)
        buffer.append(zigzag: since)
        let (kind, page): (UInt8, Int) =
            switch part?.kind {
            case .header: (1, 0)
            case .page(let number): (2, number)
            case .index: (3, 0)
            default: (0, 0)
            }
        buffer.append(kind)
        buffer.append(varint: UInt64(page))
        buffer.append(varint: part?.offset ?? 0)
        buffer.append(varint: part?.byteCount ?? 0)
        guard case .damaged(_, let detail) = error else { return buffer.bytes.array }
        for byte in detail.utf8 { buffer.append(byte) }
        return buffer.bytes.array
    }

    /// Reads a record about the file `path`; nil if it is malformed, or of another version.
    fileprivate init?(_ record: [UInt8], path: String) {
        let bytes = record.span.rawBytes
        var cursor = FieldCursor(0..<bytes.byteCount)
        guard cursor.byte(in: bytes) == Self.version, let since = cursor.zigzag(in: bytes),
            let kind = cursor.byte(in: bytes), let page = cursor.varint(in: bytes), page < UInt64(UInt32.max),
            let offset = cursor.varint(in: bytes), let count = cursor.varint(in: bytes), offset < 1 << 62,
            count < 1 << 62, let text = String(validating: record[cursor.position...], as: UTF8.self)
        else { return nil }
        let kinds: [DamagedPart.Kind] = [.header, .page(Int(page)), .index]
        guard kind <= kinds.count else { return nil }
        self.init(
            error: .damaged(path: path, detail: text),
            part: kind == 0 ? nil : DamagedPart(kinds[Int(kind) - 1], offset: offset, byteCount: count), since: since)
    }
}
