import Foundation
import KTSDBModel
import KTSDBTesting
import PrometheusWire
import Testing

/// The tables of `conformance/exposition`.
@Suite(.enabled(if: ConformanceData.directory != nil, "\(ConformanceData.skipNotice)"))
struct `Exposition tables` {
    struct Case: Decodable {
        var page: [UInt8]
        var isValid: Bool
        var error: String?
        var samples: [Sample]?
        var metadata: [String: Metadata]?

        struct Sample: Decodable {
            var labels: [String: String]
            var value: Double
            var timestamp: Int64?
            var hasStart: Bool

            enum CodingKeys: String, CodingKey { case labels, value, timestamp_ms, start_ms }

            init(from decoder: any Decoder) throws {
                let container = try decoder.container(keyedBy: CodingKeys.self)
                labels = try container.decode([String: String].self, forKey: .labels)
                if let text = try? container.decode(String.self, forKey: .value) {
                    value = try #require(parseDouble(text))
                } else {
                    value = try container.decode(Double.self, forKey: .value)
                }
                timestamp = try container.decodeIfPresent(Int64.self, forKey: .timestamp_ms)
                hasStart = container.contains(.start_ms)
            }
        }

        struct Metadata: Decodable {
            var type: String?
            var help: String?
            var unit: String?
        }

        enum CodingKeys: String, CodingKey { case page, valid, error, samples, metadata, base64 }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            if let text = try? container.decode(String.self, forKey: .page) {
                page = Array(text.utf8)
            } else {
                let nested = try container.nestedContainer(keyedBy: CodingKeys.self, forKey: .page)
                page = Array(try #require(Data(base64Encoded: nested.decode(String.self, forKey: .base64))))
            }
            isValid = try container.decode(Bool.self, forKey: .valid)
            error = try container.decodeIfPresent(String.self, forKey: .error)
            samples = try container.decodeIfPresent([Sample].self, forKey: .samples)
            metadata = try container.decodeIfPresent([String: Metadata].self, forKey: .metadata)
        }
    }

    private func cases(_ file: String) throws -> [Case] {
        let bytes = try #require(ConformanceData.file("exposition/\(file).json"), "\(file).json is missing")
        let cases = try JSONDecoder().decode([Case].self, from: Data(bytes))
        #expect(cases.count > 10)
        return cases
    }

    /// Of parser tests the text of errors is right too, and samples come in the order of the page.
    @Test(arguments: [
        ("text", ExpositionFormat.text, true), ("openmetrics", .openMetrics, true), ("scraped_text", .text, false),
        ("scraped_openmetrics", .openMetrics, false),
    ])
    func `a table's pages read as they should`(file: String, format: ExpositionFormat, isParserTable: Bool) throws {
        for entry in try cases(file) {
            let text = String(decoding: entry.page, as: UTF8.self).debugDescription
            let page = ParsedPage(entry.page, format)
            #expect((page.error == nil) == entry.isValid, "\(text): \(page.error.map { "\($0)" } ?? "is accepted")")
            if let error = entry.error, isParserTable, let found = page.error {
                #expect(found.message == error, "\(text)")
            }
            guard entry.isValid, page.error == nil else { continue }
            if var samples = entry.samples {
                // Tables of the parser have created lines as times of other samples; by default they are samples.
                var found = page.samples.filter { !$0.labels.metricName!.hasSuffix("_created") || !samples[0].hasStart }
                if !isParserTable {
                    found.sort { ($0.labels, $0.value) < ($1.labels, $1.value) }
                    samples.sort { (Labels($0.labels), $0.value) < (Labels($1.labels), $1.value) }
                    // What the target's labels do to the page's is the business of the scrape.
                    if text.contains("instance=") || text.contains("job=") { continue }
                    if found.count > samples.count { found = Array(Set(found)) }
                }
                #expect(found.map(\.labels) == samples.map { Labels($0.labels.map { ($0.key, $0.value) }) }, "\(text)")
                #expect(
                    found.map(\.value.bitPattern)
                        == samples.map { $0.value.isNaN ? Double.ordinaryNaN.bitPattern : $0.value.bitPattern },
                    "\(text)")
                if isParserTable { #expect(found.map(\.timestamp) == samples.map(\.timestamp), "\(text)") }
            }
            for (name, expected) in entry.metadata ?? [:] {
                let family = try #require(page.families[name], "\(text)")
                if let type = expected.type { #expect(family.type.rawValue == type, "\(text)") }
                if let help = expected.help { #expect(family.help == help, "\(text)") }
                if let unit = expected.unit { #expect(family.unit == unit, "\(text)") }
            }
        }
    }

    @Test func `exemplars of the OpenMetrics text are read`() throws {
        let text = """
            # TYPE foo counter
            foo_total 17.0 1520879607.789 # {id="counter-test"} 5
            bar_total 1 # {a="b",c="d\\"e"} 0.5 1520879607.125
            # EOF

            """
        var parser = ExpositionParser(format: .openMetrics)
        let page = Array(text.utf8)
        _ = try parser.next(in: page.span)
        guard case .sample(let first)? = try parser.next(in: page.span) else {
            throw ExpositionError(line: 0, message: "")
        }
        #expect(first.timestamp == 1_520_879_607_789 && first.hasExemplar && parser.exemplarValue == 5)
        #expect(parser.exemplarTimestamp == nil)
        let labels = try parser.exemplarLabels(in: page.span)
        #expect(labels == ["id": "counter-test"])
        guard case .sample(let second)? = try parser.next(in: page.span) else {
            throw ExpositionError(line: 0, message: "")
        }
        #expect(second.timestamp == nil && second.hasExemplar && parser.exemplarValue == 0.5)
        #expect(parser.exemplarTimestamp == 1_520_879_607_125)
        let more = try parser.exemplarLabels(in: page.span)
        #expect(more == ["a": "b", "c": "d\"e"])
        let end = try parser.next(in: page.span)
        #expect(end == nil)
    }
}

extension Labels {
    init(_ dictionary: [String: String]) { self.init(dictionary.map { ($0.key, $0.value) }) }
}

/// All that a page says.
struct ParsedPage {
    struct Sample: Hashable {
        var labels: Labels
        var value: Double
        var timestamp: Int64?
        var series: String
    }

    var samples: [Sample] = []
    var families: [String: MetricFamily] = [:]
    var error: ExpositionError?

    init(_ page: [UInt8], _ format: ExpositionFormat) {
        var parser = ExpositionParser(format: format)
        do throws(ExpositionError) {
            while let event = try parser.next(in: page.span) {
                switch event {
                case .sample(let sample):
                    samples.append(
                        Sample(
                            labels: try parser.labels(in: page.span), value: sample.value, timestamp: sample.timestamp,
                            series: String(decoding: page[sample.series], as: UTF8.self)))
                case .help(let metric, let text): families[metric, default: MetricFamily(name: metric)].help = text
                case .type(let metric, let type): families[metric, default: MetricFamily(name: metric)].type = type
                case .unit(let metric, let unit): families[metric, default: MetricFamily(name: metric)].unit = unit
                }
            }
        } catch {
            self.error = error
        }
    }
}
