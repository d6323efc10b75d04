import KTSDBModel
import KTSDBNotify
import PrometheusWire
import Testing

@testable import KerpLoadModel

@Suite struct `Service of the load program` {
    @Test func `has the seed's metrics`() throws {
        guard let bytes = try Fixture.seedFile("metrics.json") else { return }
        let list = try JSONTreeParser.parse(bytes)
        guard case .array(let metrics) = list else {
            Issue.record("metrics.json is not a list")
            return
        }
        #expect(metrics.count == 18)
        for (metric, declared) in zip(KerpMetric.ofService, metrics) {
            let definition = metric.definition
            #expect(declared["name"]?.text == definition.name)
            #expect(declared["type"]?.text == definition.type.rawValue)
            #expect(declared["help"]?.text == definition.help)
            #expect(declared["labels"] == .array(definition.labels.map { .string($0) }))
            guard case .array(let buckets) = declared["buckets"] ?? .array([]) else { continue }
            let bounds = buckets.map { bucket -> Double? in
                guard case .number(let text) = bucket else { return nil }
                return Double(text)
            }
            #expect(bounds == definition.buckets)
        }
    }

    @Test func `is the same with the same seed, and another one with another`() {
        var services = [1, 1, 2].map { Fixture.service(seed: $0) }
        for index in services.indices { services[index].advance(to: Fixture.start + .seconds(150)) }
        let pages = services.map { $0.instances.map(\.exposition) }
        #expect(pages[0] == pages[1] && pages[0] != pages[2])
    }

    @Test func `does not depend on how often it is looked at, nor on its log`() {
        var whole = Fixture.service(), stepwise = Fixture.service()
        whole.advance(to: Fixture.start + .seconds(100))
        var lines = 0
        for second in 1...200 { stepwise.advance(to: Fixture.start + .milliseconds(500 * second)) { _ in lines += 1 } }
        #expect(whole.instances.map(\.exposition) == stepwise.instances.map(\.exposition) && lines > 1000)
    }

    @Test func `has counters that never fall, and histograms that add up`() {
        var service = Fixture.service(), before: [String: Double] = [:]
        for second in 1...100 {
            service.advance(to: Fixture.start + .seconds(second))
            let values = Fixture.values(of: service.instances[0])
            for (name, value) in before where !name.hasPrefix("db_conn") && !name.hasPrefix("jobs_in") {
                guard !name.hasPrefix("process") else { continue }
                #expect(values[name] ?? -1 >= value, "\(name)")
            }
            before = values
        }
        for (name, value) in before where name.contains("_bucket") && name.hasSuffix("{le=+Inf}") {
            let count = name.replacing("_bucket", with: "_count").dropLast("{le=+Inf}".count)
            #expect(before[String(count)] == value)
        }
        #expect(before.count > 300)
    }

    @Test func `exposes what the parser of scrapes reads, and names each type`() throws {
        var service = Fixture.service()
        service.advance(to: Fixture.start + .seconds(30))
        let page = service.instances[0].exposition
        var parser = ExpositionParser(format: .text), samples = 0, types: [String] = []
        while let event = try parser.next(in: page.span) {
            switch event {
            case .sample: samples += 1
            case .type(let name, let type): types.append("\(name) \(type.rawValue)")
            default: break
            }
        }
        #expect(samples == Fixture.values(of: service.instances[0]).count)
        #expect(types == KerpMetric.allCases.map { "\($0.definition.name) \($0.definition.type.rawValue)" })
    }

    @Test func `loses the last instance while it is bad, and its counters`() {
        var service = Fixture.service()
        service.advance(to: Fixture.start + .seconds(59))
        let name = "http_requests_total{method=GET}{path=/health}{status=200}"
        let before = Fixture.values(of: service.instances[1])[name] ?? 0
        #expect(service.instances.map(\.isDown) == [false, false] && before > 10)
        service.advance(to: Fixture.start + .seconds(60))
        #expect(service.instances.map(\.isDown) == [false, true])
        service.advance(to: Fixture.start + .seconds(121))
        #expect(service.instances.map(\.isDown) == [false, false])
        #expect(Fixture.values(of: service.instances[1])[name] ?? 0 < before)
    }

    @Test func `leaves out what is too long ago`() {
        var service = Fixture.service()
        service.advance(to: Timestamp(milliseconds: 4_000_000_000_000_000))
        #expect(service.time == Timestamp(milliseconds: 4_000_000_000_000_000))
    }
}
