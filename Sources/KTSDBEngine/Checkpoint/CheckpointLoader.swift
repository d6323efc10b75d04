internal import KTSDBModel
internal import Synchronization

/// A checkpoint in memory.
struct CheckpointContents {
    var head: Head
    var header: SamplesHeader
    /// The length of its file of side data, in bytes; 0 if it has none.
    var sideDataByteCount: UInt64
    /// How many series it has, and how many samples were taken from it.
    var series: Int, samples: Int
    /// The file of series: it holds exactly what the table holds.
    var file: SeriesFile
}

/// Loads a checkpoint in bulk, on two threads: checks all bytes, then builds the table of series and the slabs at the
/// same time.
struct CheckpointLoader: Sendable {
    private let image: CheckpointImage
    private let databaseID: UInt64
    private let sealedThrough: UInt64

    /// Loads what is in `image`; samples of commits up to `sealedThrough` are in blocks by now and are left out.
    init(_ image: CheckpointImage, databaseID: UInt64, sealedThrough: UInt64) {
        self.image = image
        self.databaseID = databaseID
        self.sealedThrough = sealedThrough
    }

    /// A piece of a file that was checked, or what is wrong with the file.
    private typealias Checked<Value> = Result<Value, CheckpointFault>

    /// Checks and loads the checkpoint.
    ///
    /// - Throws: ``CheckpointFault``; nothing is left of the checkpoint then.
    func load(configuration: HeadConfiguration, nextNumber: UInt64) throws(CheckpointFault) -> CheckpointContents {
        var series: Checked<[SeriesExtentLayout]> = .success([])
        let samples = ThreadPair.run(other: { image.withSamples(checkSamples) }) {
            series = image.withSeries(checkSeries)
        }
        let extents = try series.get()
        let (header, trailer, slabs) = try samples.get()
        let gauge = ByteGauge(for: MemoryAccount(configuration.memory, .samples))
        let generation = HeadGeneration(number: 1, partOf: gauge)
        var loadedTable: SeriesTable?
        let loaded = ThreadPair.run(other: { loadSlabs(slabs, of: generation, header) }) {
            loadedTable = loadTable(extents, slabs)
        }
        guard let (loadedSlabs, sampleCount) = loaded else { throw fault(image.samplesPath, .malformed) }
        guard let table = loadedTable.take() else { throw fault(image.seriesPath, .malformed) }
        let count = table.count
        let file = SeriesFile(
            number: image.record.seriesFile, byteCount: image.record.seriesByteCount,
            checksum: image.record.seriesChecksum, seriesCount: extents.reduce(0) { $0 + $1.seriesCount },
            symbolByteCount: extents.reduce(0) { $0 + $1.symbolBytes.count }, symbols: 0, shapes: 0, slots: 0)
        let head = Head(
            configuration: configuration, nextNumber: nextNumber, series: table, slabs: loadedSlabs,
            generation: generation, gauge: gauge)
        return CheckpointContents(
            head: head, header: header, sideDataByteCount: trailer.sideDataByteCount, series: count,
            samples: sampleCount, file: file)
    }

    private func fault(_ path: String, _ reason: DamagedCheckpoint.Reason) -> CheckpointFault {
        .damaged(path: path, reason: reason)
    }

    /// Compares all bytes of the checkpoint's files with their checksums.
    ///
    /// - Throws: ``CheckpointFault``.
    func verify(directory: String, _ files: any FileSystem) throws(CheckpointFault) {
        _ = try image.withSeries(checkSeries).get()
        let (_, trailer, _) = try image.withSamples(checkSamples).get()
        let head = Head(configuration: HeadConfiguration(), nextNumber: 1)
        try SideDataFile.load(
            image.record, byteCount: trailer.sideDataByteCount, databaseID: databaseID, isSealed: true,
            directory: directory, files, into: head)
    }

    // MARK: Checking

    private func checkSeries(_ bytes: RawSpan) -> Checked<[SeriesExtentLayout]> {
        guard let header = SeriesFileHeader(bytes), header.databaseID == databaseID,
            header.number == image.record.seriesFile,
            var checksum = piece(bytes, 0..<SeriesFileHeader.byteCount, after: 0)
        else { return .failure(fault(image.seriesPath, .checksum)) }
        guard header.version == CheckpointFormat.version else {
            return .failure(.unsupportedVersion(path: image.seriesPath, found: header.version))
        }
        var extents: [SeriesExtentLayout] = []
        var offset = SeriesFileHeader.byteCount + 4
        while offset < bytes.byteCount {
            guard let extent = SeriesExtentLayout(bytes, at: offset),
                let next = piece(bytes, offset..<extent.end, after: checksum)
            else { return .failure(fault(image.seriesPath, .checksum)) }
            checksum = next
            extents.append(extent)
            offset = extent.end + 4
        }
        guard checksum == image.record.seriesChecksum else { return .failure(fault(image.seriesPath, .checksum)) }
        return .success(extents)
    }

    private func checkSamples(_ bytes: RawSpan) -> Checked<(SamplesHeader, CheckpointTrailer, [SlabLayout])> {
        guard let header = SamplesHeader(bytes), var checksum = piece(bytes, 0..<SamplesHeader.byteCount, after: 0)
        else { return .failure(fault(image.samplesPath, .checksum)) }
        guard header.version == CheckpointFormat.version else {
            return .failure(.unsupportedVersion(path: image.samplesPath, found: header.version))
        }
        guard header.databaseID == databaseID, header.number == image.record.number,
            header.sequence == image.record.sequence
        else { return .failure(fault(image.samplesPath, .checksum)) }
        var slabs: [SlabLayout] = []
        var offset = SamplesHeader.byteCount + 4
        let end = bytes.byteCount - CheckpointTrailer.byteCount - 4
        guard end >= offset else { return .failure(fault(image.samplesPath, .checksum)) }
        while offset < end {
            guard let slab = SlabLayout(bytes, at: offset),
                let next = piece(bytes, offset..<slab.end, after: checksum)
            else { return .failure(fault(image.samplesPath, .checksum)) }
            checksum = next
            guard slab.slab > slabs.last?.slab ?? -1 else { return .failure(fault(image.samplesPath, .malformed)) }
            slabs.append(slab)
            offset = slab.end + 4
        }
        guard offset == end, let trailer = CheckpointTrailer(bytes, at: end),
            let last = piece(bytes, end..<(end + CheckpointTrailer.byteCount), after: checksum)
        else { return .failure(fault(image.samplesPath, .checksum)) }
        guard trailer.seriesFile == image.record.seriesFile else {
            return .failure(fault(image.samplesPath, .malformed))
        }
        checksum = last
        guard checksum == image.record.samplesChecksum else { return .failure(fault(image.samplesPath, .checksum)) }
        // Samples that are in no block yet must follow the blocks without a gap.
        guard header.sequence <= sealedThrough || header.sealedThrough == sealedThrough else {
            return .failure(fault(image.samplesPath, .malformed))
        }
        return .success((header, trailer, slabs))
    }

    /// Returns the checksum of a piece and everything before it, if it matches the one after the piece.
    private func piece(_ bytes: RawSpan, _ range: Range<Int>, after checksum: UInt32) -> UInt32? {
        let found = bytes.extracting(range).crc32c(continuing: checksum)
        var cursor = FieldCursor(range.upperBound..<bytes.byteCount)
        return cursor.littleEndian(UInt32.self, in: bytes) == found ? found : nil
    }

    // MARK: Loading

    private func loadTable(_ extents: [SeriesExtentLayout], _ slabs: [SlabLayout]) -> SeriesTable? {
        var numbers = Column<UInt64>()
        image.withSamples { bytes in
            for slab in slabs {
                let first = slab.slab * Slab.capacity
                for index in 0..<slab.seriesCount {
                    let place = Int(bytes.integer(UInt16.self, slab.places, index) & 0x7fff)
                    guard place < Slab.capacity else { return }
                    if first + place >= numbers.count { _ = numbers.extend(by: first + place + 1 - numbers.count) }
                    numbers[first + place] = bytes.integer(UInt64.self, slab.numbers, index)
                }
            }
        }
        return image.withSeries { SeriesTable($0, extents, numbers: &numbers) }
    }

    private func loadSlabs(
        _ layouts: [SlabLayout], of generation: HeadGeneration, _ header: SamplesHeader
    ) -> (slabs: [Slab], samples: Int)? {
        let withSamples = header.sequence > sealedThrough
        return image.withSamples { bytes in
            var slabs: [Slab] = []
            var samples = 0
            for layout in layouts {
                while slabs.count <= layout.slab { slabs.append(Slab(index: slabs.count, generation: generation)) }
                let loaded = slabs[layout.slab].load(bytes, layout, withSamples: withSamples)
                guard let loaded else { return nil }
                samples += loaded
            }
            return (slabs, samples)
        }
    }
}

extension Slab {
    /// Loads a slab of a checkpoint into this one, which is empty; nil when the bytes are malformed.
    fileprivate func load(_ bytes: RawSpan, _ layout: SlabLayout, withSamples: Bool) -> Int? {
        var result: Int?
        content.withLock { content in result = content.load(bytes, layout, withSamples: withSamples) }
        return result
    }
}
