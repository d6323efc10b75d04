import KTSDBModel
import KTSDBTesting
import PrometheusWire
import Testing

@Suite struct `Classic histograms as native ones` {
    private func histogram(
        _ buckets: [(Double, Double)], count: Double? = nil, sum: Double = 1
    ) throws(ClassicBuckets.Problem) -> Histogram {
        var builder = ClassicBuckets()
        for (bound, count) in buckets { builder.setBucket(upTo: bound, count) }
        if let count { builder.setCount(count) }
        builder.setSum(sum)
        return try builder.histogram()
    }

    private func custom(_ counts: [Double], _ bounds: [Double], count: Double) -> Histogram {
        Histogram(
            schema: Histogram.customSchema, count: count, sum: 1,
            positive: HistogramBuckets(offset: 0, counts: counts), customBounds: bounds)
    }

    @Test func `have their buckets, in order, and +Inf whether it is given or not`() throws {
        #expect(try histogram([(1, 2), (2, 5), (.infinity, 6)]) == custom([2, 3, 1], [1, 2], count: 6))
        #expect(try histogram([(2, 5), (1, 2), (2, 9)], count: 6) == custom([2, 3, 1], [1, 2], count: 6))
        #expect(try histogram([(1, 2)]) == custom([2], [1], count: 2))
        #expect(try histogram([], count: 0) == custom([], [], count: 0))
        #expect(try histogram([(1, 0.5), (.infinity, 2)]) == custom([0.5, 1.5], [1], count: 2))
    }

    @Test func `are refused where buckets contradict each other`() {
        for (buckets, count, reason) in [
            ([(1.0, 2.0), (2, 1)], nil, "count is not cumulative: 1 < 2"),
            ([(2, 1), (1, 2)], nil, "count is not cumulative: 2 > 1"),
            ([(1, -1)], nil, "bucket count must be non-negative: le=1, count=-1"),
            ([(.nan, 1)], nil, "bucket boundary must not be NaN"),
            ([(.infinity, 1)], 2, "count mismatch: count=2 != le=+Inf count=1"), ([], -1, "count must be non-negative"),
        ] as [([(Double, Double)], Double?, String)] {
            do throws(ClassicBuckets.Problem) {
                _ = try histogram(buckets, count: count)
                Issue.record("accepted: \(buckets)")
            } catch { #expect(error.description.hasPrefix(reason), "\(error)") }
        }
    }

    // MARK: In text

    static let page = """
        # TYPE h histogram
        h_bucket{a="1",le="1"} 1 # {t="x"} 0.5 3
        h_bucket{a="1",le="+Inf"} 3
        h_sum{a="1"} 4
        h_count{a="1"} 3
        h_bucket{a="2",le="1"} 0
        h_bucket{a="2",le="+Inf"} 7
        h_sum{a="2"} 9
        h_count{a="2"} 7
        # TYPE g gauge
        g_bucket{le="1"} 5
        # TYPE o histogram
        h_count{a="3"} 1
        # EOF

        """

    @Test(arguments: [false, true])
    func `are made of the series of a text body, scrape after scrape`(keeps: Bool) throws {
        var scraper = MessageScraper {
            $0.convertsClassic = true
            $0.keepsClassic = keeps
        }
        for round in 0..<4 {
            let found = try scraper.scrape(Array(Self.page.utf8), .openMetrics)
            let names = found.map { $0.labels["__name__"] ?? "" }
            let others = ["g_bucket", "h_count"], made = ["h", "h"]
            let classic = Array(repeating: ["h_bucket", "h_bucket", "h_sum", "h_count"], count: 2).flatMap { $0 }
            #expect(names == (keeps ? classic : []) + others + made)
            #expect(scraper.samples.histograms.map(\.histogram.count) == [3, 7])
            #expect(scraper.samples.histograms.map(\.histogram.customBounds) == [[1], [1]])
            #expect(scraper.samples.histograms.map(\.sample) == [names.count - 2, names.count - 1])
            let times = scraper.samples.exemplars.filter { $0.sample == names.count - 2 }.map(\.exemplar.timestamp)
            #expect(times == [Timestamp(milliseconds: 3000)])
            let end = scraper.finish()
            #expect(end.stale.isEmpty && (end.added == 0) == (round > 0))
        }
        // The series of what is not there any more end, made ones among them.
        _ = try scraper.scrape(Array("# TYPE h histogram\n# EOF\n".utf8), .openMetrics)
        let stale = scraper.finish().stale
        #expect(stale.contains(["__name__": "h", "a": "1"]) && stale.contains(["__name__": "h", "a": "2"]))
    }

    @Test func `leave out what contradicts itself, and say nothing`() throws {
        var scraper = MessageScraper { $0.convertsClassic = true }
        let page = "# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_bucket{le=\"2\"} 1\nh_count 2\nup 1\n"
        #expect(try scraper.scrape(Array(page.utf8), .text).map(\.labels) == [["__name__": "up"]])
    }

    @Test func `survive that most of the other series go`() throws {
        var scraper = MessageScraper { $0.convertsClassic = true }
        let many = (0..<500).map { "h_count{i=\"\($0)\"} 1\nh_bucket{i=\"\($0)\",le=\"+Inf\"} 1\n" }.joined()
        let few = "h_count{i=\"7\"} 2\nh_bucket{i=\"7\",le=\"+Inf\"} 2\n"
        for body in [many, few, few, few, few, few, many] {
            let count = body == many ? 500 : 1
            let found = try scraper.scrape(Array(("# TYPE h histogram\n" + body).utf8), .text)
            #expect(found.count == count && scraper.samples.histograms.count == count)
            _ = scraper.finish()
        }
    }
}
