import KTSDBModel
import KTSDBScrape
import KTSDBTesting
import Synchronization
import Testing

@Suite struct `Start times of scraped counters` {
    /// When the program that is scraped was started, in seconds.
    private final class Program: Sendable {
        let start: Mutex<Double>
        init(_ start: Double) { self.start = Mutex(start) }

        func page(_ value: Int) -> String {
            let start = start.withLock { $0 }
            return """
                # TYPE a counter
                a_total{x="1"} \(value)
                a_created{x="1"} \(start)
                a_created{x="2"} \(start)
                a_total{x="2"} \(value)
                a_total{x="3"} \(value)
                # TYPE h histogram
                h_bucket{le="1"} \(value)
                h_bucket{le="+Inf"} \(value)
                h_count \(value)
                h_sum \(value)
                h_created \(start)
                # TYPE s summary
                s{quantile="0.5"} 7
                s_count \(value)
                s_created \(start)
                # TYPE g gauge
                g \(value)
                g_created 9
                # EOF

                """
        }
    }

    private static let openMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8"

    @Test func `a counter that begins anew gets a zero at its start, and lines that tell it are no series`()
        async throws
    {
        // The clock stands at a million seconds.
        let program = Program(999_995.25)
        let rig = try await StoreRig(features: { $0.startTimeZeros = true }) { _, round in
            .page(Array(program.page(round + 4).utf8), contentType: Self.openMetrics)
        }
        try await rig.apply()
        var times = [await rig.scrape(), await rig.scrape()]
        let restart = times[1] + 4500
        program.start.withLock { $0 = Double(restart) / 1000 }
        times += [await rig.scrape(), await rig.scrape()]
        let counted: [StoreRig.Stored] = [
            .init(999_995_250, 0), .init(times[0], 4), .init(times[1], 5), .init(restart, 0), .init(times[2], 6),
            .init(times[3], 7),
        ]
        for name in ["h_bucket", "h_count", "h_sum", "s_count"] {
            let samples = try rig.samples(name)
            #expect(samples.values.allSatisfy { $0 == counted }, "\(name)")
            #expect(samples.count == (name == "h_bucket" ? 2 : 1))
        }
        let counters = try rig.samples("a_total")
        #expect(counters[["__name__": "a_total", "x": "1"]] == counted)
        #expect(counters[["__name__": "a_total", "x": "2"]] == counted)
        #expect(counters[["__name__": "a_total", "x": "3"]] == counted.filter { times.contains($0.time) })
        #expect(try rig.values("s") == ["0.0", "7.0", "7.0", "0.0", "7.0", "7.0"])
        #expect(try rig.values("g") == ["4.0", "5.0", "6.0", "7.0"])
        #expect(try rig.values("g_created") == ["9.0", "9.0", "9.0", "9.0"])
        for name in ["a_created", "h_created", "s_created"] { #expect(try rig.samples(name).isEmpty) }
        #expect(try rig.values("scrape_samples_scraped").last == "11.0")
        #expect(try rig.values("scrape_samples_post_metric_relabeling").last == "11.0")
        #expect(try rig.values("scrape_series_added") == ["11.0", "0.0", "0.0", "0.0"])
        #expect(rig.counter("prometheus_target_scrapes_sample_out_of_order_total") ?? 0 == 0)
        await rig.end()
    }

    @Test(arguments: [(999_995.0, 2), (996_000, 1), (2_000_000, 1), (0, 1), (.infinity, 1), (-1, 1)])
    func `a start long ago, or to come, or none gives no zero`(start: Double, samples: Int) async throws {
        let program = Program(start)
        let rig = try await StoreRig(features: { $0.startTimeZeros = true }) { _, _ in
            .page(Array(program.page(1).replacing("inf", with: "+Inf").utf8), contentType: Self.openMetrics)
        }
        try await rig.apply()
        await rig.scrape()
        #expect(try rig.values("up") == ["1.0"])
        #expect(try rig.values("h_count").count == samples)
        await rig.end()
    }

    @Test func `without the feature, and on bodies of text, such lines are series`() async throws {
        let program = Program(999_995)
        for (isEnabled, contentType) in [(false, Self.openMetrics), (true, "text/plain")] {
            let rig = try await StoreRig(features: { $0.startTimeZeros = isEnabled }) { _, _ in
                .page(Array(program.page(1).utf8), contentType: contentType)
            }
            try await rig.apply()
            await rig.scrape()
            #expect(try rig.values("h_count") == ["1.0"])
            #expect(try rig.values("h_created") == ["999995.0"])
            #expect(try rig.values("scrape_samples_scraped") == ["15.0"])
            await rig.end()
        }
    }

    @Test func `a manager that starts again repeats no zero, and tells nobody that it was refused`() async throws {
        let program = Program(999_995)
        let rig = try await StoreRig(features: { $0.startTimeZeros = true }) { _, round in
            .page(Array(program.page(round).utf8), contentType: Self.openMetrics)
        }
        try await rig.apply()
        await rig.scrape()
        // Another loop of the same target, with nothing in its cache.
        try await rig.apply("sample_limit: 1000")
        await rig.scrape()
        #expect(try rig.values("h_count") == ["0.0", "0.0", "1.0"])
        #expect(rig.counter("prometheus_target_scrapes_sample_out_of_order_total") ?? 0 == 0)
        await rig.end()
    }
}
