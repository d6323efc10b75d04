public import KTSDBModel
internal import Synchronization

/// A part of a database's files that is damaged: the smallest part that cannot be used because of it.
public struct DamagedUnit: Hashable, Sendable, CustomStringConvertible {
    /// What a damaged part is.
    @nonexhaustive
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// A block as a whole: it cannot be opened, or something in it does not fit the rest.
        case block
        /// A page of a block: some columns of some series.
        case page
        /// A piece of an index section of a block. What cannot be found without it is left out.
        case index
        /// The beginning of a block, which repeats a part of its end: nothing is lost.
        case header
        /// Bytes of a segment of the log.
        case log
        /// A file of a checkpoint; an earlier checkpoint and the log, or memory, have what it has.
        case checkpoint
        /// The MANIFEST or its copy; the other one has what it has.
        case manifest
        /// The record of a deletion: what it hid is visible.
        case deletion
    }

    /// What it is.
    public var kind: Kind
    /// The file, relative to the data directory.
    public var path: String
    /// Where it is in the file; nil if it is all of it, or not known.
    public var bytes: Range<UInt64>?
    /// What is wrong with it.
    public var detail: String
    /// How many series have samples in it; nil if that is not known.
    public var series: Int?
    /// The times of the samples in it; nil if they are not known.
    public var range: ClosedRange<Timestamp>?
    /// When it was found.
    public var since: Timestamp

    package init(
        _ kind: Kind, _ path: String, bytes: Range<UInt64>? = nil, _ detail: String, series: Int? = nil,
        range: ClosedRange<Timestamp>? = nil, since: Timestamp
    ) {
        self.kind = kind
        self.path = path
        self.bytes = bytes
        self.detail = detail
        self.series = series
        self.range = range
        self.since = since
    }

    /// A line with the place and what is wrong.
    public var description: String {
        let place = bytes.map { ", \($0.count) bytes at \($0.lowerBound)" } ?? ""
        let users = series.map { ", \($0) series" } ?? ""
        return "\(path) (\(kind.rawValue)\(place)\(users)): \(detail)"
    }
}

extension Database {
    /// Everything that is known to be damaged: what the opening found, what readers met since, and what scrubbing has
    /// found, in rollups, too. Blocks that are gone by now are not in it. Reads the directories of blocks with damaged
    /// pages.
    public var damage: [DamagedUnit] {
        ownDamage
            + (rollups?.damage ?? []).map { unit in
                var unit = unit
                unit.path = FileName.relative(.rollups, unit.path)
                return unit
            }
    }

    /// The same without that of rollups.
    var ownDamage: [DamagedUnit] {
        let (blocks, missing) = commit.withLock { ($0.blocks, $0.missing) }
        let open = Dictionary(blocks.map { ($0.summary.number, $0) }) { first, _ in first }
        let named = Dictionary(manifest.state.blocks.map { ($0.number, $0) }) { first, _ in first }
        var units: [DamagedUnit] = damageOfOpening, known: Set<UInt64> = []
        for finding in pages.damage.findings {
            guard let file = finding.error.damagedPath, let name = file.split(separator: "/").last.map(String.init),
                let number = FileName.number(.block, name), let summary = named[number]
            else {
                if let file = finding.error.damagedPath, finding.isFile { units.append(unit(of: finding, file)) }
                continue
            }
            known.insert(number)
            var unit = unit(of: finding, file)
            (unit.series, unit.range) = (Int(clamping: summary.seriesCount), summary.times)
            if let page = finding.part?.page, let usage = open[number]?.usage(ofPage: page) {
                (unit.series, unit.range) = (usage.series, usage.range)
            }
            units.append(unit)
        }
        for (number, missing) in missing.sorted(by: { $0.key < $1.key }) where !known.contains(number) {
            units.append(
                DamagedUnit(
                    .block, FileName.relative(.blocks, FileName.name(.block, number)), missing.cause.description,
                    series: named[number].map { Int(clamping: $0.seriesCount) }, range: missing.range, since: openedAt))
        }
        return units
    }

    private func unit(of finding: DamageLog.Finding, _ file: String) -> DamagedUnit {
        let detail: String
        if case .damaged(_, let text) = finding.error { detail = text } else { detail = finding.error.description }
        return DamagedUnit(
            finding.part?.publicKind ?? .block, relative(file),
            bytes: finding.part.map { $0.offset..<($0.offset + $0.byteCount) }, detail,
            since: Timestamp(milliseconds: finding.since))
    }

    /// Returns the path of a file relative to the data directory.
    func relative(_ file: String) -> String {
        file.hasPrefix(path + "/") ? String(file.dropFirst(path.utf8.count + 1)) : file
    }

    private var damageOfOpening: [DamagedUnit] {
        var units: [DamagedUnit] = []
        for finding in recovery.manifestFindings {
            units.append(DamagedUnit(.manifest, FileName.manifest, finding, since: openedAt))
        }
        for checkpoint in recovery.damagedCheckpoints {
            units.append(
                DamagedUnit(.checkpoint, relative(checkpoint.path), checkpoint.description, since: openedAt))
        }
        for damage in recovery.log.damage {
            units.append(
                DamagedUnit(
                    .log, relative(damage.path), bytes: damage.bytes.isEmpty ? nil : damage.bytes, damage.description,
                    since: openedAt))
        }
        for key in recovery.damagedDeletions {
            units.append(
                DamagedUnit(
                    .deletion, FileName.Directory.log.rawValue, "its record \(key) cannot be read", since: openedAt))
        }
        return units
    }
}

extension DamageLog.Finding {
    /// Whether it is about a file of another kind than a block.
    fileprivate var isFile: Bool { part?.kind == .log || part?.kind == .checkpoint || part?.kind == .manifest }
}

extension DamagedPart {
    fileprivate var publicKind: DamagedUnit.Kind {
        switch kind {
        case .header: .header
        case .page: .page
        case .index: .index
        case .log: .log
        case .checkpoint: .checkpoint
        case .manifest: .manifest
        }
    }
}
