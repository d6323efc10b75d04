import Foundation
import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import KTSDBTools
import ProcessTesting
import Testing

/// Exports, imports, and exports of what was imported.
@Suite struct `Samples as text` {
    private static let everything = Timestamp.earliest...Timestamp.latest

    /// Labels with everything that needs care in one of the formats.
    private static let values = [
        "a", "a,b", "say \"hi\"", "back\\slash", "line\nfeed", "{x=\"y\"}", "é ☃ 𝄞", " blank ", "#", "tab\there",
        "\u{1}",
    ]

    private static func labels(_ number: Int, using generator: inout SeededGenerator) -> Labels {
        var pairs = [("i", "\(number)")]
        switch generator.below(4) {
        case 0: pairs.append(("__name__", "a metric with \"blanks\""))
        case 1 where number % 5 == 0: break
        default: pairs.append(("__name__", "m\(generator.below(3))"))
        }
        if generator.oneIn(2) { pairs.append(("v", generator.pick(values))) }
        if generator.oneIn(3) { pairs.append(("a.dotted name", generator.pick(values))) }
        return Labels(pairs)
    }

    private static func value(using generator: inout SeededGenerator) -> Double {
        switch generator.below(12) {
        case 0: generator.oneIn(2) ? .nan : Double(bitPattern: 0x7ff0_0000_0000_0003 + generator.next() % (1 << 50))
        case 1: .infinity
        case 2: -.infinity
        case 3: .staleMarker
        case 4: -0.0
        case 5: Double(bitPattern: generator.next() & 0x7fef_ffff_ffff_ffff)
        case 6: .leastNonzeroMagnitude
        case 7: 1e21
        default: Double(generator.below(1000)) / 8
        }
    }

    private static func histogram(using generator: inout SeededGenerator) -> Histogram {
        let counts = (0..<(1 + generator.below(5))).map { _ in Double(generator.below(9)) }
        if generator.oneIn(4) {
            return Histogram(
                schema: Histogram.customSchema, count: counts.reduce(0, +), sum: value(using: &generator),
                positive: HistogramBuckets(offset: 0, counts: counts),
                customBounds: counts.indices.map { Double($0) * 1.5 })
        }
        let zero = Double(generator.below(3))
        return Histogram(
            counterResetHint: generator.oneIn(4) ? .gauge : .unknown, schema: Int32(generator.below(12)) - 4,
            zeroThreshold: 0.001, zeroCount: zero, count: 2 * counts.reduce(0, +) + zero,
            sum: Double(generator.below(100)) / 3,
            positive: HistogramBuckets(
                spans: [
                    HistogramSpan(offset: Int32(generator.below(20)) - 10, length: 1),
                    HistogramSpan(offset: 3, length: UInt32(counts.count - 1)),
                ].filter { $0.length > 0 }, counts: counts),
            negative: HistogramBuckets(offset: -2, counts: counts))
    }

    /// Fills a database with series of all kinds, in blocks and in memory, and leaves it open.
    private static func fill(_ path: String, seed: UInt64) throws -> Database {
        var generator = SeededGenerator(seed: seed)
        let database = try Database(path: path)
        for number in 0..<(8 + generator.below(20)) {
            let labels = labels(number, using: &generator), isHistogram = generator.oneIn(4)
            var time = Int64(1_600_000_000_000) + Int64(generator.below(1_000_000_000))
            try database.append { batch in
                for _ in 0..<(1 + generator.below(40)) {
                    time += 1 + Int64(generator.below(generator.oneIn(9) ? 50_000_000 : 15_000))
                    let at = Timestamp(milliseconds: time)
                    if isHistogram, !generator.oneIn(5) {
                        let start = generator.oneIn(2) ? Timestamp(milliseconds: time - 5) : nil
                        batch.append(histogram(using: &generator), at: at, startedAt: start, to: labels)
                    } else {
                        batch.append(value(using: &generator), at: at, to: labels)
                    }
                }
            }
            if generator.oneIn(6) { _ = try database.snapshot() }
        }
        try database.append { batch in
            for name in ["m0", "m2"] { batch.setMetadata(MetricMetadata(type: "gauge", help: "of \(name)"), of: name) }
        }
        return database
    }

    private static func export(_ data: String, _ format: SampleFormat, _ file: String) throws -> SeriesExport.Report {
        let output = try ExportOutput(file)
        var export = SeriesExport(.format(format), to: output)
        try export.run(StoredView(data), [], in: everything)
        try output.finish()
        return export.report
    }

    private static func load(
        _ data: String, _ format: SampleFormat, _ file: String, replaces: Bool = false
    ) throws -> SeriesImport.Report {
        let database = try Database(path: data)
        defer { try? database.close() }
        var reader = SeriesImport(format, into: database, replaces: replaces)
        try reader.run(try LineInput(file), file)
        try database.close()
        return reader.report
    }

    private static func bytes(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    @Test func `has the metadata of metrics in OpenMetrics, before their first samples`() throws {
        let directory = TemporaryDirectory(), path = directory.path, file = "\(path)/x.prom"
        defer { withExtendedLifetime(directory) {} }
        let metadata = [
            "h_seconds": MetricMetadata(
                type: "histogram", help: "back\\slash, \"quote\"\nand line, \\n", unit: "seconds"),
            "m_total": MetricMetadata(type: "counter", help: "é ☃", unit: "bytes"),
            "a \"b\" ": MetricMetadata(type: "gauge", help: " x"),
            "native": MetricMetadata(type: "histogram"), "empty": MetricMetadata(type: "", help: ""),
        ]
        let database = try Database(path: "\(path)/a")
        try database.append { batch in
            for name in ["h_seconds_bucket", "h_seconds_count", "m_total", "a \"b\" ", "empty", "m"] {
                batch.append(1, at: Timestamp(milliseconds: 1000), to: ["__name__": name])
            }
            batch.append(Histogram(count: 0, sum: 0), at: Timestamp(milliseconds: 1000), to: ["__name__": "native"])
            for (name, metadata) in metadata { batch.setMetadata(metadata, of: name) }
        }
        try database.close()
        _ = try Self.export("\(path)/a", .openmetrics, file)
        let text = String(decoding: try Self.bytes(file), as: UTF8.self)
        #expect(
            text == #"""
                # TYPE "a \"b\" " gauge
                # HELP "a \"b\" "  x
                {"a \"b\" "} 1 1.000
                empty 1 1.000
                # TYPE h_seconds histogram
                # UNIT h_seconds seconds
                # HELP h_seconds back\\slash, \"quote\"\nand line, \\n
                h_seconds_bucket 1 1.000
                h_seconds_count 1 1.000
                m 1 1.000
                # TYPE m_total counter
                # HELP m_total é ☃
                m_total 1 1.000
                # EOF

                """#)
        func stored() throws -> [String: MetricMetadata] { try StoredView("\(path)/b").view.metadata() }
        _ = try Self.load("\(path)/b", .openmetrics, file)
        var wanted = metadata.filter { $0.key != "native" && $0.key != "empty" }
        // A unit has a place only in a name that ends with it.
        wanted["m_total"]?.unit = ""
        #expect(try stored() == wanted)
        // Other comments, names that do not end, and types by their older name.
        try """
        # TYPE m_total untyped
        # TYPE "x gauge
        # HELP
        # TYPE new_total\u{20}
        # comment
        m_total 1 1.000
        new_total 1 1.000
        # HELP new_total cut \\
        # EOF

        """.write(toFile: file, atomically: true, encoding: .utf8)
        _ = try Self.load("\(path)/b", .openmetrics, file)
        let new = ["new_total": MetricMetadata(type: "", help: "cut \\")]
        #expect(try stored() == wanted.merging(new) { $1 })
        _ = try Self.load("\(path)/b", .openmetrics, file, replaces: true)
        #expect(try stored() == wanted.merging(new) { $1 }.merging(["m_total": MetricMetadata()]) { $1 })
    }

    @Test(arguments: SampleFormat.allCases, 1...12 as ClosedRange<UInt64>)
    func `is the same after it was stored and written again`(format: SampleFormat, seed: UInt64) throws {
        let directory = TemporaryDirectory(), path = directory.path
        defer { withExtendedLifetime(directory) {} }
        let database = try Self.fill("\(path)/a", seed: seed)
        let packing = seed % 3 == 0 ? ".gz" : ""
        let first = "\(path)/first.\(format.rawValue)\(packing)", second = "\(path)/second.\(format.rawValue)\(packing)"
        // The database is open for writing meanwhile.
        let written = try Self.export("\(path)/a", format, first)
        try database.close()
        let report = try Self.load("\(path)/b", format, first)
        #expect(report.read == written.samples + written.histograms && report.refusedCount == 0, "\(report)")
        #expect(report.stored == report.read && written.samples > 0)
        let again = try Self.export("\(path)/b", format, second)
        #expect(again.samples == written.samples && again.skippedHistograms == 0 && again.skippedMarkers == 0)
        #expect(try Self.bytes(first) == Self.bytes(second))
        guard format == .jsonl else { return }
        // Everything is kept, bit for bit.
        #expect(written.skippedHistograms == 0 && written.skippedMarkers == 0)
        let views = try ["a", "b"].map { try StoredView("\(path)/\($0)").view.series(in: Self.everything) }
        #expect(views[0].map(\.labels) == views[1].map(\.labels))
        for (one, other) in zip(views[0], views[1]) {
            let (one, other) = try (one.samples(), other.samples())
            #expect(one.map(\.timestamp) == other.map(\.timestamp) && one.histograms == other.histograms)
            for (a, b) in zip(one, other) { #expect(a.value.bitPattern == b.value.bitPattern) }
        }
    }

    @Test func `is what the formats say`() throws {
        let directory = TemporaryDirectory(), path = directory.path
        defer { withExtendedLifetime(directory) {} }
        let database = try Database(path: "\(path)/data")
        try database.append { batch in
            // The second one is what `NaN` in a scrape body becomes.
            let samples: [(Int64, Double)] = [
                (1_000, 1), (16_000, Double(bitPattern: 0x7ff8_0000_0000_0001)), (31_500, .infinity),
                (46_000, .staleMarker), (61_000, .nan),
            ]
            for (time, value) in samples {
                batch.append(value, at: Timestamp(milliseconds: time), to: ["__name__": "up", "job": "a,\"b\""])
            }
            batch.append(
                Histogram(count: 3, sum: 4.5, positive: HistogramBuckets(offset: 1, counts: [1, 2])),
                at: Timestamp(milliseconds: 1_000), to: ["__name__": "h"])
        }
        func text(_ format: SampleFormat) throws -> String {
            _ = try Self.export("\(path)/data", format, "\(path)/x")
            return String(decoding: try Self.bytes("\(path)/x"), as: UTF8.self)
        }
        #expect(
            try text(.jsonl) == """
                {"metric":{"__name__":"h"},"values":[],"timestamps":[],"histograms":[{"timestamp":1000,"schema":0,\
                "count":3,"sum":4.5,"zero_threshold":0,"zero_count":0,"positive":{"spans":[[1,2]],"counts":[1,2]}}]}
                {"metric":{"__name__":"up","job":"a,\\"b\\""},"values":[1,null,"Infinity","StaleNaN",\
                "NaN(7ff8000000000000)"],"timestamps":[1000,16000,31500,46000,61000]}

                """)
        #expect(
            try text(.csv) == #"""
                series,timestamp,value
                "up{job=""a,\""b\""""}",1000,1
                "up{job=""a,\""b\""""}",16000,NaN
                "up{job=""a,\""b\""""}",31500,+Inf
                "up{job=""a,\""b\""""}",46000,StaleNaN
                "up{job=""a,\""b\""""}",61000,NaN(7ff8000000000000)

                """#)
        #expect(
            try text(.openmetrics) == """
                up{job="a,\\"b\\""} 1 1.000
                up{job="a,\\"b\\""} NaN 16.000
                up{job="a,\\"b\\""} +Inf 31.500
                up{job="a,\\"b\\""} NaN 61.000
                # EOF

                """)
        try database.close()
    }

    @Test(arguments: [
        (SampleFormat.jsonl, "{\"metric\":{\"a\":\"b\"},\"values\":[1],\"timestamps\":[1]}\n{\"metric\":{}", 2),
        (.jsonl, "{\"values\":[1],\"timestamps\":[1]}\n", 1), (.jsonl, "{\"metric\":{\"a\":1}}\n", 1),
        (.jsonl, "{\"metric\":{\"a\":\"b\"},\"values\":[1,2],\"timestamps\":[1]}\n", 1),
        (.jsonl, "{\"metric\":{\"a\":\"b\"},\"values\":[true],\"timestamps\":[1]}\n", 1),
        (.jsonl, "{\"metric\":{\"a\":\"b\"},\"values\":[1],\"timestamps\":[1.5]}\n", 1),
        (.jsonl, "{\"metric\":{\"a\":\"b\"},\"histograms\":[{\"timestamp\":1,\"schema\":99999999999}]}\n", 1),
        (.csv, "series,timestamp,value\nup,1\n", 2), (.csv, "up,1,one\n", 1), (.csv, "up,1.5,1\n", 1),
        (.csv, "\"up,1,1\n", 1), (.csv, "up{a!=\"b\"},1,1\n", 1), (.csv, "{},1,1\n", 1),
        (.openmetrics, "up 1\n# EOF\n", 1), (.openmetrics, "up 1 1\n", 0), (.openmetrics, "# EOF\nup 1 1\n", 2),
        (.openmetrics, "up{a=\"b\" 1 1\n# EOF\n", 1), (.openmetrics, "up one 1\n# EOF\n", 1),
        (.openmetrics, "up 1 1 1\n# EOF\n", 1), (.openmetrics, "up 1 x\n# EOF\n", 1),
    ])
    func `is refused with the line if it is malformed`(format: SampleFormat, text: String, line: Int) throws {
        let directory = TemporaryDirectory(), file = "\(directory.path)/file"
        defer { withExtendedLifetime(directory) {} }
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        let error = try #require(throws: StorageProblem.self) { try Self.load("\(directory.path)/data", format, file) }
        #expect(error.description.hasPrefix(line > 0 ? "\(file), line \(line): " : "\(file): # EOF"), "\(error)")
    }

    @Test func `may have any age and order, exemplars and comments, and may come again`() throws {
        let directory = TemporaryDirectory(), file = "\(directory.path)/file", data = "\(directory.path)/data"
        defer { withExtendedLifetime(directory) {} }
        let text = """
            # HELP up whether it is up
            # TYPE up gauge
            up{job="x"} 1 1.5 # {trace_id="1"} 0.5
            up{job="x"} 2 1e3

            up{job="x"} 3 999
            # EOF
            """
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        let report = try Self.load(data, .openmetrics, file)
        #expect(report.read == 3 && report.stored == 3 && report.refusedCount == 0, "\(report)")
        let again = try Self.load(data, .openmetrics, file)
        #expect(again.stored == 0 && again.repeated == 3 && again.refusedCount == 0, "\(again)")
        func values() throws -> [Double] {
            try StoredView(data).view.series(matching: .name("up"), in: Self.everything)[0].samples().map(\.value)
        }
        // Another value at a time that has one stays out, unless it is to replace that.
        try "up{job=\"x\"},1500,7\nup{job=\"x\"},1501,8\n".write(toFile: file, atomically: true, encoding: .utf8)
        let other = try Self.load(data, .csv, file)
        #expect(other.stored == 1 && other.refused == ["duplicate sample for timestamp": 1], "\(other)")
        #expect(try values() == [1, 8, 3, 2])
        let replaced = try Self.load(data, .csv, file, replaces: true)
        #expect(replaced.stored == 1 && replaced.repeated == 1 && replaced.refusedCount == 0, "\(replaced)")
        #expect(try values() == [7, 8, 3, 2])
    }

    @Test(arguments: SampleFormat.allCases) func `can be imported again after an import that was cut off`(
        format: SampleFormat
    ) throws {
        let directory = TemporaryDirectory(), path = directory.path
        defer { withExtendedLifetime(directory) {} }
        let database = try Self.fill("\(path)/a", seed: 3)
        let written = try Self.export("\(path)/a", format, "\(path)/x")
        try database.close()
        let bytes = try Self.bytes("\(path)/x"), ends = bytes.indices.filter { bytes[$0] == 10 }
        // In the middle of a line.
        let end = ends[ends.count / 2] + 3
        try Data(bytes[..<end]).write(to: URL(fileURLWithPath: "\(path)/half"))
        #expect(throws: StorageProblem.self) { try Self.load("\(path)/b", format, "\(path)/half") }
        let whole = try Self.load("\(path)/b", format, "\(path)/x")
        #expect(whole.repeated > 0 && whole.stored > 0 && whole.refusedCount == 0, "\(whole)")
        #expect(whole.stored + whole.repeated == written.samples + written.histograms)
        let again = try Self.load("\(path)/b", format, "\(path)/x")
        #expect(again.stored == 0 && again.repeated == whole.read)
        _ = try Self.export("\(path)/b", format, "\(path)/y")
        #expect(try Self.bytes("\(path)/x") == Self.bytes("\(path)/y"))
    }

    @Test func `is listed, analysed and dumped while it is written`() throws {
        let directory = TemporaryDirectory(), data = "\(directory.path)/data"
        defer { withExtendedLifetime(directory) {} }
        let database = try Database(path: data)
        for minute in 0..<60 as Range<Int64> {
            try database.append { batch in
                for (name, job) in [("up", "a"), ("up", "b"), ("rare", "a")] where name == "up" || minute < 30 {
                    batch.append(
                        Double(minute), at: Timestamp(milliseconds: minute * 60_000),
                        to: ["__name__": name, "job": job])
                }
            }
            if minute == 40 { _ = try database.snapshot() }
        }
        let stored = try StoredView(data)
        let lines = BlockListing.text(stored, isHuman: false).split(separator: "\n")
        #expect(lines.count == 2 && lines[1].contains("40m0s") && lines[1].contains(" 112 "), "\(lines)")
        #expect(BlockListing.text(stored, isHuman: true).contains("1970-01-01T00:40:00"))
        let analysis = try StorageAnalysis(stored, [], in: Self.everything, limit: 2)
        let text = analysis.text
        #expect(text.hasPrefix("Duration: 59m0s\nTotal Series: 3\nTotal Samples: 150\nLabel names: 2\n"), "\(text)")
        #expect(text.contains("Postings (unique label pairs): 4\nPostings entries (total label pairs): 6\n"))
        #expect(text.contains("\nMost common label pairs:\n2 __name__=up ("), "\(text)")
        #expect(text.contains("\nHighest cardinality labels:\n2 __name__\n2 job\n"))
        #expect(text.contains("\nHighest cardinality metric names:\n2 up ("))
        let rare = try StorageAnalysis(stored, [[.name("rare")]], in: Self.everything, limit: 9)
        #expect(rare.text.contains("Total Series: 1"))
        let output = try ExportOutput("\(directory.path)/dump")
        var dump = SeriesExport(.dump, to: output)
        try dump.run(stored, [[.name("rare")]], in: Timestamp(milliseconds: 60_000)...Timestamp(milliseconds: 120_000))
        try output.finish()
        #expect(
            String(decoding: try Self.bytes("\(directory.path)/dump"), as: UTF8.self) == """
                {__name__="rare", job="a"} 1 60000
                {__name__="rare", job="a"} 2 120000

                """)
        try database.close()
        #expect(throws: StorageProblem.self) { try StoredView("\(directory.path)/none") }
    }

    @Test func `is dumped as promtool dumps what it made of our OpenMetrics`() async throws {
        let promtool = ["/usr/bin/promtool", "/usr/local/bin/promtool"].first {
            FileManager.default.isExecutableFile(atPath: $0)
        }
        guard let promtool else {
            #expect(ProcessInfo.processInfo.environment["KTSDB_REQUIRE_PEERS"] == nil, "promtool is not installed")
            return print("skipped: promtool is not installed")
        }
        let directory = TemporaryDirectory(), path = directory.path
        defer { withExtendedLifetime(directory) {} }
        var generator = SeededGenerator(seed: 7)
        let database = try Database(path: "\(path)/data")
        try database.append { batch in
            for number in 0..<12 {
                for step in 0..<30 as Range<Int64> {
                    let time = Timestamp(milliseconds: 1_700_000_000_000 + step * 15_000 + Int64(number))
                    let value = generator.oneIn(4) ? Double(generator.below(1 << 40)) / 1024 : Double(step)
                    batch.append(
                        value, at: time, to: ["__name__": "m\(number % 3)", "i": "\(number)", "quote": "a\"b\\c"])
                }
            }
        }
        _ = try Self.export("\(path)/data", .openmetrics, "\(path)/x.om")
        let output = try ExportOutput("\(path)/dump")
        var dump = SeriesExport(.dump, to: output)
        try dump.run(StoredView("\(path)/data"), [], in: Self.everything)
        try output.finish()
        try database.close()
        let made = try await ChildProcess.run(
            promtool, ["tsdb", "create-blocks-from", "openmetrics", "\(path)/x.om", "\(path)/blocks"])
        #expect(made.status == 0, "\(made)")
        // Without it, some versions do not open the directory.
        try FileManager.default.createDirectory(atPath: "\(path)/blocks/wal", withIntermediateDirectories: true)
        let theirs = try await ChildProcess.run(promtool, ["tsdb", "dump", "\(path)/blocks"])
        #expect(theirs.status == 0, "\(theirs)")
        func sorted(_ text: String) -> [String] { text.split(separator: "\n").map(String.init).sorted() }
        let ours = String(decoding: try Self.bytes("\(path)/dump"), as: UTF8.self)
        #expect(sorted(ours).count == 360 && sorted(ours) == sorted(theirs.output))
    }
}
