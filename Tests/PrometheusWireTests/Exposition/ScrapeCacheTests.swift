import KTSDBModel
import KTSDBTesting
import PrometheusWire
import Testing

@Suite struct `The scrape cache` {
    /// A cache whose payloads number the series that were made, and what its scrapes gave.
    private struct Scraper: ~Copyable {
        var cache = ScrapeCache<Int>()
        var samples = ScrapedSamples()
        var made: [Labels] = []
        var stale = Column<UInt32>(), added = Column<UInt32>()

        /// Scrapes a page and returns its samples with their labels.
        mutating func scrape(_ page: [UInt8], _ format: ExpositionFormat = .text) throws -> [ParsedPage.Sample] {
            var made = made
            defer { self.made = made }
            try cache.scrape(page.span, format: format, into: &samples) { series in
                made.append(series.labels)
                return made.count - 1
            }
            cache.checkInvariants()
            #expect(samples.timestamps.isEmpty || samples.timestamps.count == samples.count)
            var result: [ParsedPage.Sample] = []
            for index in 0..<samples.count {
                let timestamp = samples.timestamps.isEmpty ? ScrapedSamples.noTimestamp : samples.timestamps[index]
                result.append(
                    ParsedPage.Sample(
                        labels: made[cache.payloads[Int(samples.entries[index])]], value: samples.values[index],
                        timestamp: timestamp == ScrapedSamples.noTimestamp ? nil : timestamp, series: ""))
            }
            return result
        }

        mutating func scrape(_ page: String) throws -> [ParsedPage.Sample] { try scrape(Array(page.utf8)) }

        /// Ends the scrape; the labels of series that became stale, by name.
        mutating func finish(isStored: Bool = true, watchesTimed: Bool = false) -> [Labels] {
            stale.removeAll()
            added.removeAll()
            cache.finish(isStored: isStored, watchesTimed: watchesTimed, stale: &stale, added: &added)
            return (0..<stale.count).map { made[cache.payloads[Int(stale[$0])]] }.sorted()
        }
    }

    @Test func `exemplars come with the place of their sample, on known lines too`() throws {
        var scraper = Scraper()
        func page(_ value: Int) -> [UInt8] {
            Array(
                ("# TYPE a counter\na_total{b=\"c\"} \(value) # {trace_id=\"x\(value)\"} 0.5 1.25\na_created 1\n"
                    + "# TYPE h histogram\nh_bucket{le=\"1\"} \(value) # {} 0.25\nh_bucket{le=\"+Inf\"} 4\n# EOF\n")
                    .utf8)
        }
        for value in 1..<4 {
            #expect(try scraper.scrape(page(value), .openMetrics).map(\.value) == [Double(value), 1, Double(value), 4])
            #expect(scraper.samples.exemplars.map(\.sample) == [0, 2])
            let first = Exemplar(
                labels: ["trace_id": "x\(value)"], value: 0.5, timestamp: Timestamp(milliseconds: 1250))
            #expect(scraper.samples.exemplars.map(\.exemplar) == [first, Exemplar(labels: Labels(), value: 0.25)])
            _ = scraper.finish()
        }
        #expect(scraper.made.count == 4)
        _ = try scraper.scrape("a_total 1\n")
        #expect(scraper.samples.exemplars.isEmpty)
    }

    @Test func `types and units become labels of the series behind them`() throws {
        var scraper = Scraper(cache: ScrapeCache(addsTypeAndUnit: true))
        let page = """
            # TYPE wait_seconds histogram
            # UNIT wait_seconds seconds
            wait_seconds_bucket{le="1"} 2
            wait_seconds_count{__type__="gauge",__unit__="m",a="b"} 2
            # TYPE jobs counter
            jobs_total{__unit__="jobs"} 3
            # HELP size_bytes No kind, and no unit.
            # UNIT size_bytes bytes
            # TYPE size_bytes unknown
            size_bytes{__type__="mine"} 4
            # EOF

            """
        let samples = try scraper.scrape(Array(page.utf8), .openMetrics)
        #expect(
            samples.map(\.labels) == [
                ["__name__": "wait_seconds_bucket", "__type__": "histogram", "__unit__": "seconds", "le": "1.0"],
                ["__name__": "wait_seconds_count", "__type__": "histogram", "__unit__": "seconds", "a": "b"],
                ["__name__": "jobs_total", "__type__": "counter", "__unit__": "jobs"],
                ["__name__": "size_bytes", "__type__": "mine", "__unit__": "bytes"],
            ])
        _ = scraper.finish()
        // A series that is new among lines that are known.
        let next = page.replacing("jobs_total", with: "jobs_total{a=\"b\"} 1\njobs_total")
            .replacing("size_bytes{", with: "size_bytes{a=\"b\"} 1\nsize_bytes{")
        #expect(try scraper.scrape(Array(next.utf8), .openMetrics).count == 6)
        #expect(
            Array(scraper.made.dropFirst(4)) == [
                ["__name__": "jobs_total", "__type__": "counter", "a": "b"],
                ["__name__": "size_bytes", "__unit__": "bytes", "a": "b"],
            ])
        let changed = scraper.cache.changedKinds
        #expect(changed == 0)
    }

    @Test func `lines in another order, too, tell the unit of their own metric`() throws {
        var scraper = Scraper(cache: ScrapeCache(addsTypeAndUnit: true))
        let families = [
            "# TYPE a_seconds gauge\n# UNIT a_seconds seconds\na_seconds 1\n",
            "# TYPE b gauge\nb 1\n", "# TYPE c_bytes counter\n# UNIT c_bytes bytes\nc_bytes_total 1\n",
        ]
        var number = 0
        for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2], [0, 2, 1], [1, 1, 0]] {
            number += 1
            let page = order.map { families[$0].replacing(" 1\n", with: "{n=\"\(number)\"} 1\n") }.joined() + "# EOF\n"
            for sample in try scraper.scrape(Array(page.utf8), .openMetrics) {
                let unit = sample.labels["__name__"]!.firstMatch(of: /_(seconds|bytes)/).map { String($0.1) }
                #expect(sample.labels["__unit__"] == unit)
                #expect(sample.labels["__type__"] == (unit == "bytes" ? "counter" : "gauge"))
            }
            _ = scraper.finish()
        }
    }

    @Test func `the text format tells types and no units, and the cache says when a type is another one`() throws {
        var scraper = Scraper(cache: ScrapeCache(addsTypeAndUnit: true))
        let page = "no_type 1\n# TYPE a counter\na{__unit__=\"s\"} 1\n# TYPE b untyped\nb 1\n"
        #expect(
            try scraper.scrape(page).map(\.labels) == [
                ["__name__": "no_type"], ["__name__": "a", "__type__": "counter", "__unit__": "s"], ["__name__": "b"],
            ])
        _ = scraper.finish()
        _ = try scraper.scrape(page)
        var changed = scraper.cache.changedKinds
        #expect(changed == 0)
        _ = scraper.finish()
        _ = try scraper.scrape(page.replacing("counter", with: "gauge"))
        changed = scraper.cache.changedKinds
        #expect(changed == 1)
        var other = Scraper()
        _ = try other.scrape(page)
        _ = other.finish()
        #expect(
            try other.scrape(page.replacing("counter", with: "gauge")).map(\.labels["__type__"]) == [nil, nil, nil])
        let ignored = other.cache.changedKinds
        #expect(ignored == 0)
    }

    @Test func `a series is made once and found again`() throws {
        var scraper = Scraper()
        let first = try scraper.scrape("# TYPE a counter\na{b=\"c\"} 1\nd 2 5\n")
        #expect(first.map(\.labels) == [["__name__": "a", "b": "c"], ["__name__": "d"]])
        #expect(first.map(\.timestamp) == [nil, 5])
        for value in 3..<6 {
            let next = try scraper.scrape("# TYPE a counter\na{b=\"c\"} \(value)\nd 2.5")
            #expect(next.map(\.value) == [Double(value), 2.5])
            #expect(next.map(\.timestamp) == [nil, nil])
        }
        #expect(scraper.made.count == 2)
        let count = scraper.cache.seriesCount
        #expect(count == 2)
    }

    @Test func `a longer name than a known one is another`() throws {
        var scraper = Scraper()
        _ = try scraper.scrape("a 1\na{b=\"c\"} 2\n")
        let next = try scraper.scrape("ab 1\na {b=\"c\"} 2\na{b=\"c\"}3\na{b=\"c\"} 4 \n")
        #expect(next.map(\.value) == [1, 2, 3, 4])
        #expect(next.map(\.labels.description) == ["ab", "a{b=\"c\"}", "a{b=\"c\"}", "a{b=\"c\"}"])
        #expect(scraper.made.count == 4)
    }

    @Test func `series that are gone are told once`() throws {
        var scraper = Scraper()
        _ = try scraper.scrape("a 1\nb 1\nc 1\n")
        #expect(scraper.finish() == [])
        _ = try scraper.scrape("a 1\nc 1\n")
        #expect(scraper.finish() == [["__name__": "b"]])
        _ = try scraper.scrape("a 1\n")
        #expect(scraper.finish(isStored: false) == [["__name__": "a"], ["__name__": "c"]])
        _ = try scraper.scrape("")
        #expect(scraper.finish() == [])
        _ = try scraper.scrape("b 1\n")
        #expect(scraper.finish() == [])
        var current = Column<UInt32>()
        scraper.cache.current(into: &current)
        #expect(current.count == 1)
        _ = try scraper.scrape("")
        #expect(scraper.finish() == [["__name__": "b"]])
    }

    @Test func `series with their own times are watched only on demand`() throws {
        var scraper = Scraper()
        _ = try scraper.scrape("a 1 5\nb 1\n")
        #expect(scraper.finish() == [])
        _ = try scraper.scrape("b 1 6\n")
        #expect(scraper.finish() == [["__name__": "b"]])
        _ = try scraper.scrape("a 1 7\n")
        #expect(scraper.finish(watchesTimed: true) == [])
        _ = try scraper.scrape("")
        #expect(scraper.finish(watchesTimed: true) == [["__name__": "a"]])
    }

    @Test func `a page that cannot be read, or a series that cannot be made, ends the scrape`() throws {
        struct Refusal: Error {}
        var scraper = Scraper()
        _ = try scraper.scrape("a 1\nb 2\n")
        _ = scraper.finish()
        #expect(
            throws: ExpositionError(
                line: 2, message: #"expected value after metric, got "\n" ("INVALID") while parsing: "b\n""#)
        ) {
            try scraper.scrape("a 1\nb\n")
        }
        let stale = scraper.finish(isStored: false)
        #expect(stale == [["__name__": "a"], ["__name__": "b"]])
        let page = Array("a 1\nc 2\n".utf8)
        #expect(throws: Refusal.self) {
            try scraper.cache.scrape(page.span, format: .text, into: &scraper.samples) { _ in throw Refusal() }
        }
        scraper.cache.checkInvariants()
        let after = try scraper.scrape("c 3\na 4\n")
        #expect(after.map(\.value) == [3, 4])
    }

    @Test func `a series counts as added unless the last stored page, or a refused one since, had it`() throws {
        var scraper = Scraper()
        func added(_ page: String, isStored: Bool = true) throws -> Int {
            do { _ = try scraper.scrape(page) } catch { #expect(!isStored, "\(error)") }
            _ = scraper.finish(isStored: isStored)
            return scraper.added.count
        }
        #expect(try added("a 1\nb 1\n") == 2)
        #expect(try added("b 2\na 2\n") == 0)
        #expect(try added("a 3\n") == 0)
        #expect(try added("a 4\nb 4\n") == 1)
        #expect(try added("a 5\nc 5\nb\n", isStored: false) == 1)
        #expect(try added("a 6\nc 6\nb\n", isStored: false) == 0)
        #expect(try added("a 7\nb 7\nc 7\n") == 0)
        #expect(try added("# nothing\n") == 0)
        #expect(try added("a 8\n") == 1)
    }

    @Test func `the names of labels without a value are told with a new series`() throws {
        var cache = ScrapeCache<Int>()
        var samples = ScrapedSamples()
        var found: [String: [String]] = [:]
        let page = Array("a 1\nb{x=\"\",y=\"1\",z=\"\"} 2\n{\"c\",\"d.e\"=\"\"} 3\nf{x=\"1\"} 4\n".utf8)
        for _ in 0..<2 {
            try cache.scrape(page.span, format: .text, into: &samples) { series in
                found[series.labels.metricName ?? ""] = series.emptyLabelNames
                return 0
            }
        }
        #expect(found == ["a": [], "b": ["x", "z"], "c": ["d.e"], "f": []])
    }

    @Test func `metadata is kept, and what came last counts`() throws {
        var scraper = Scraper()
        _ = try scraper.scrape("# HELP a first\n# TYPE a counter\na 1\n")
        var families = scraper.cache.metricFamilies
        #expect(families == [MetricFamily(name: "a", type: .counter, help: "first")])
        let version = scraper.cache.familiesVersion
        _ = try scraper.scrape("# HELP a first\n# TYPE a counter\na 1\n")
        let unchanged = scraper.cache.familiesVersion
        #expect(unchanged == version)
        _ = try scraper.scrape("# HELP a second\n# TYPE a gauge\na 1\n")
        _ = try scraper.scrape("# HELP a first\n# TYPE a counter\na 1\n# TYPE b histogram\nb_bucket{le=\"1\"} 1\n")
        families = scraper.cache.metricFamilies
        #expect(
            families == [
                MetricFamily(name: "a", type: .counter, help: "first"), MetricFamily(name: "b", type: .histogram),
            ])
        // A known TYPE line also says how a new series' bounds are written.
        let next = try scraper.scrape(
            "# HELP a first\n# TYPE a counter\na 1\n# TYPE b histogram\nb_bucket{le=\"2\"} 1\n")
        #expect(next.last?.labels == ["__name__": "b_bucket", "le": "2.0"])
    }

    @Test func `what has not come for some scrapes is forgotten`() throws {
        var scraper = Scraper()
        for round in 0..<40 {
            let lines = (0..<50).map { "# HELP m\(round)_\($0) help\nm\(round)_\($0){a=\"b\"} \($0)\n" }.joined()
            let samples = try scraper.scrape("# TYPE stays gauge\nstays 1\n" + lines + "end \(round)\n")
            #expect(samples.count == 52)
            #expect(samples[30].labels.metricName == "m\(round)_29")
            #expect(scraper.finish().count == (round == 0 ? 0 : 50))
        }
        let count = scraper.cache.seriesCount, families = scraper.cache.metricFamilies.count
        #expect(count < 500 && families < 500)
        #expect(scraper.made.filter { $0 == ["__name__": "stays"] }.count == 1)
        let stays = scraper.cache.metricFamilies.first { $0.name == "stays" }
        #expect(stays?.type == .gauge)
    }

    @Test(arguments: pageSeeds, [ExpositionFormat.text, .openMetrics])
    func `scrape after scrape gives what the parser reads`(seed: UInt64, format: ExpositionFormat) throws {
        var generator = PageGenerator(seed: seed, count: 30, format: format)
        var random = SeededGenerator(seed: seed &+ 1000)
        var scraper = Scraper()
        var live: Set<Labels> = []
        for round in 0..<15 {
            if Int.random(in: 0..<3, using: &random) == 0 {
                generator.series.append(generator.makeSeries(1000 + round))
            }
            var page = generator.page(shuffled: Int.random(in: 0..<6, using: &random) == 0).bytes
            for _ in 0..<(Bool.random(using: &random) ? Int.random(in: 0...2, using: &random) : 0) where !page.isEmpty {
                page[Int.random(in: 0..<page.count, using: &random)] = Array("a\n\" 1}#\0".utf8).randomElement(
                    using: &random)!
            }
            if Int.random(in: 0..<8, using: &random) == 0 {
                page = Array(page.prefix(Int.random(in: 0...page.count, using: &random)))
            }

            let expected = ParsedPage(page, format)
            var found: [ParsedPage.Sample] = []
            var error: ExpositionError?
            do { found = try scraper.scrape(page, format) } catch let failure as ExpositionError { error = failure }
            #expect(error == expected.error)
            if error == nil {
                #expect(found.map(\.labels) == expected.samples.map(\.labels))
                #expect(found.map(\.value.bitPattern) == expected.samples.map(\.value.bitPattern))
                #expect(found.map(\.timestamp) == expected.samples.map(\.timestamp))
            }
            let now = error == nil ? Set(expected.samples.filter { $0.timestamp == nil }.map(\.labels)) : []
            // Two texts may stand for one series, so stale ones are compared as sets, and only where texts are unique.
            let stale = Set(scraper.finish(isStored: error == nil))
            #expect(stale.isSuperset(of: live.subtracting(now)))
            live = now
        }
        scraper.cache.checkInvariants()
    }
}
